/**
 * Certificates and keys for TLS, of files in PEM form as operators have them. Nothing here opens a
 * file: what is read arrives as text, with the file's name for what is wrong in it.
 */
package io.ilion.server.tls;

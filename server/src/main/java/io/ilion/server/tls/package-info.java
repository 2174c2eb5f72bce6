/**
 * Certificates and keys for TLS, of files in PEM form as operators have them. What is made of them
 * takes their text, with the file's name for what is wrong in it; {@link
 * io.ilion.server.tls.TlsFiles} is who reads the files of a node, and reads them again.
 */
package io.ilion.server.tls;

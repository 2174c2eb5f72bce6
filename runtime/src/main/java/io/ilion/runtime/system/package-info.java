/**
 * The operating system behind the seams: real time, threads and files. Sockets are in {@code
 * io.ilion.server.netty}.
 */
package io.ilion.runtime.system;

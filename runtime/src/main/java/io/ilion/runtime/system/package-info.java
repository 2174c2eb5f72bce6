/** The operating system behind the seams: real time, threads and files. */
package io.ilion.runtime.system;

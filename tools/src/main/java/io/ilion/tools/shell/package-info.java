/**
 * {@code ilion shell}: CQL typed by a person, or from files and pipes, with the commands and flags
 * of cqlsh. {@link io.ilion.tools.shell.Shell} executes statements and needs no terminal; {@link
 * io.ilion.tools.shell.InteractiveShell} is what JLine adds for people.
 */
package io.ilion.tools.shell;

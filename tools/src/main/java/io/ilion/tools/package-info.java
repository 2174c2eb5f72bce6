/**
 * The {@code ilion} command: what a person types. Each subcommand is a class of its own; all of
 * them share the exit codes of {@link io.ilion.tools.Ilion}.
 */
package io.ilion.tools;

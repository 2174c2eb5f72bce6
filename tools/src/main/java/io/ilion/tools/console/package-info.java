/**
 * What all commands share that talk to a cluster and to a person: the options of a connection, the
 * look of tables, colours and progress, and the form of an error.
 */
package io.ilion.tools.console;

/**
 * What a node answers to operators and to those who watch it, over HTTP: its health, its metrics
 * and its operations. It sees calls and answers, not channels; {@code server.netty} has those.
 */
package io.ilion.server.http;

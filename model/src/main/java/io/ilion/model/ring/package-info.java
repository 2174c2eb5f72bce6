/**
 * The ring of tokens: which token a partition key has, which lane owns a token, and which nodes
 * replicate it.
 */
package io.ilion.model.ring;

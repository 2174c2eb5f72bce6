/** The ring of tokens: which token a partition key has, and which lane owns a token. */
package io.ilion.model.ring;

/**
 * What all constraints share: states of automata over bytes, and the vocabulary as a trie of bytes.
 */
@NullMarked
package dev.sirocco.engine.constrain.core;

import org.jspecify.annotations.NullMarked;

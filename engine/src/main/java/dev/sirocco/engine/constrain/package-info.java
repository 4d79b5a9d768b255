/**
 * Constrained decoding: a {@link dev.sirocco.engine.constrain.Constraint} tells at every step which
 * tokens may follow, so that the finished text has a wanted form whatever the model's weights.
 *
 * <p>JSON Schemas, regular expressions and GBNF grammars become automata over bytes; the tokens
 * that an automaton admits are found by walking a trie of the vocabulary. {@code
 * docs/constrained-decoding.md} describes the method.
 */
@NullMarked
package dev.sirocco.engine.constrain;

import org.jspecify.annotations.NullMarked;

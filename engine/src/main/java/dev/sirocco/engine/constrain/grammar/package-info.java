/** Context-free grammars in GBNF notation and the automaton that follows them. */
@NullMarked
package dev.sirocco.engine.constrain.grammar;

import org.jspecify.annotations.NullMarked;

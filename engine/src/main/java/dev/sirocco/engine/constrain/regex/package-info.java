/**
 * Regular languages over Unicode characters: expressions with union, intersection and complement,
 * their derivatives, and automata built from them as they are needed.
 */
@NullMarked
package dev.sirocco.engine.constrain.regex;

import org.jspecify.annotations.NullMarked;

/** The automaton that reads JSON text byte by byte under a compiled schema. */
@NullMarked
package dev.sirocco.engine.constrain.json;

import org.jspecify.annotations.NullMarked;

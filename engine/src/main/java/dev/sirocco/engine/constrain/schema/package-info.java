/** JSON Schema to normal forms: what a value of each type must satisfy. */
@NullMarked
package dev.sirocco.engine.constrain.schema;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.sirocco.engine.constrain.schema;

import org.jspecify.annotations.NullMarked;

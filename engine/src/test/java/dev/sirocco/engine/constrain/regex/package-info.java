@NullMarked
package dev.sirocco.engine.constrain.regex;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.sirocco.engine.constrain;

import org.jspecify.annotations.NullMarked;

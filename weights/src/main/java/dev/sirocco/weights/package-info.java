@NullMarked
package dev.sirocco.weights;

import org.jspecify.annotations.NullMarked;

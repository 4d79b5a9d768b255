@NullMarked
package dev.sirocco.tensor;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.sirocco.kernels;

import org.jspecify.annotations.NullMarked;

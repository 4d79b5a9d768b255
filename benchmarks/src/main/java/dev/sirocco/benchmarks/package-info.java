@NullMarked
package dev.sirocco.benchmarks;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.sirocco.engine;

import org.jspecify.annotations.NullMarked;

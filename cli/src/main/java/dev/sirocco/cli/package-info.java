@NullMarked
package dev.sirocco.cli;

import org.jspecify.annotations.NullMarked;

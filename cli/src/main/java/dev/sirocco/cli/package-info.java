/** The {@code sirocco} program: one class for each command, and what they share. */
@NullMarked
package dev.sirocco.cli;

import org.jspecify.annotations.NullMarked;

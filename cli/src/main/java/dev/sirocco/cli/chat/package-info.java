/** The conversation of {@code sirocco run}, in a terminal or through a pipe. */
@NullMarked
package dev.sirocco.cli.chat;

import org.jspecify.annotations.NullMarked;

/** The web page at {@code /}. */
@NullMarked
package dev.sirocco.server.web;

import org.jspecify.annotations.NullMarked;

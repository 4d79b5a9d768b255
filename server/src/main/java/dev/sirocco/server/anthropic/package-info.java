/** Anthropic's Messages API, for clients that speak it. */
@NullMarked
package dev.sirocco.server.anthropic;

import org.jspecify.annotations.NullMarked;

/** HTTP itself: limits, errors, bodies, event streams, who may ask. */
@NullMarked
package dev.sirocco.server.http;

import org.jspecify.annotations.NullMarked;

/** What operators ask: health, metrics, the description of the API. */
@NullMarked
package dev.sirocco.server.operations;

import org.jspecify.annotations.NullMarked;

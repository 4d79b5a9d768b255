/** From the fields of a request to the engine, and from the engine's events to an answer. */
@NullMarked
package dev.sirocco.server.generation;

import org.jspecify.annotations.NullMarked;

/** Ollama's API, for clients that speak it. */
@NullMarked
package dev.sirocco.server.ollama;

import org.jspecify.annotations.NullMarked;

/** OpenAI's API. */
@NullMarked
package dev.sirocco.server.openai;

import org.jspecify.annotations.NullMarked;

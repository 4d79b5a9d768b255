/** What llama.cpp's server answers beside OpenAI's API: texts and their tokens. */
@NullMarked
package dev.sirocco.server.llamacpp;

import org.jspecify.annotations.NullMarked;

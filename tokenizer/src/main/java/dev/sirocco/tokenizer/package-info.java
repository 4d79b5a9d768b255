/** Text to token ids and back, and the chat formats that models are trained on. */
@NullMarked
package dev.sirocco.tokenizer;

import org.jspecify.annotations.NullMarked;

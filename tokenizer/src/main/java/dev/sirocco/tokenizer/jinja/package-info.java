/**
 * The part of the Jinja template language that chat templates use, with Python's semantics: the
 * models were trained on what Python's implementation gives.
 */
@NullMarked
package dev.sirocco.tokenizer.jinja;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.sirocco.tokenizer;

import org.jspecify.annotations.NullMarked;

package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.schema.Term;
import java.util.BitSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a value may satisfy, and for which threads of its frame.
 *
 * @param term what the value satisfies
 * @param threads numbers of the threads that go on with such a value; not to be changed
 * @param taken scalars that the value must differ from, in an array of unique items; else null
 */
record Choice(Term term, BitSet threads, @Nullable Set<String> taken) {}

package dev.sirocco.engine;

import dev.sirocco.model.KvCache;
import java.util.OptionalInt;

/** Where the keys and values of one sequence are kept while it is computed. */
interface SequenceMemory {

  /** The keys and values so far. */
  KvCache cache();

  /**
   * Takes up a sequence, with what is already known of it; never its last token, which must be
   * computed to predict the next.
   *
   * @param tokens the sequence; may grow later
   * @param expertsPerToken experts it uses instead of the model's number
   * @return positions whose keys and values were found
   */
  int begin(TokenList tokens, OptionalInt expertsPerToken);

  /** Takes up what {@code leader} has computed of a sequence that begins as {@code tokens} does. */
  void fork(SequenceMemory leader, TokenList tokens);

  /** How many more positions, up to {@code wanted}, there is room for without taking any away. */
  int room(int wanted);

  /** Makes room for {@code count} more positions, at most {@link #room}. */
  void reserve(int count);

  /** Blocks to be taken from the pool before {@code positions} more have been computed. */
  int missingBlocks(int positions);

  /** After a step: gives back what no later token sees, and lets others share what is complete. */
  void settle();

  /** Gives everything back; the sequence may {@link #begin} again. */
  void release();
}

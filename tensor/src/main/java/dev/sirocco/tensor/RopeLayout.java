package dev.sirocco.tensor;

/**
 * Which elements of a query or key head rotate together; a property of how the rows of {@code wq}
 * and {@code wk} are stored.
 *
 * <p>For a head of 8 elements, {@link #INTERLEAVED} pairs (0,1) (2,3) (4,5) (6,7), {@link
 * #HALF_SPLIT} pairs (0,4) (1,5) (2,6) (3,7). Pair {@code i} always turns with the {@code i}-th
 * frequency.
 */
public enum RopeLayout {
  /** Neighbours: Mistral's own files, and GGUF files of the llama architecture. */
  INTERLEAVED,
  /** First half with second half: Hugging Face files. */
  HALF_SPLIT
}

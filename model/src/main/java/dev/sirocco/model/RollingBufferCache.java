package dev.sirocco.model;

import dev.sirocco.kernels.KvLayout;
import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.weights.ModelConfig;

/**
 * Keeps the last W positions of a model with a sliding window of W: position i in slot i mod W
 * (Jiang et al. 2023, "Mistral 7B", section 2). However long the sequence, it takes W slots.
 *
 * <p>Example with W = 4 and a batch of 3 tokens at positions 5, 6, 7. Before it, slots 0 to 3 hold
 * the positions 4, 1, 2, 3. The token at position 5 sees 2, 3, 4 in the cache and itself in the
 * batch's own rows; the one at 7 sees 4 in the cache and 5, 6, 7 in the batch. Only when the
 * layer's attention is done are 5, 6 and 7 written to slots 1, 2 and 3, over the positions 1, 2 and
 * 3, which no later token sees. Of a batch longer than W, only the last W rows are written.
 */
public final class RollingBufferCache extends SlottedKvCache {

  private final int window;
  private final KvLayout layout;

  /**
   * An empty cache.
   *
   * @param config shape of the model
   * @param dtype {@link DType#F16} or {@link DType#F32}
   * @param context most positions of the sequence
   * @param window W, positions a token sees, itself included; at least 1
   */
  public RollingBufferCache(ModelConfig config, DType dtype, int context, int window) {
    super(config, dtype, context, window);
    this.window = window;
    this.layout =
        new KvLayout() {
          @Override
          public int slot(int position) {
            return position % window;
          }

          @Override
          public int run(int position) {
            return window - position % window;
          }
        };
  }

  @Override
  public KvLayout layout() {
    return layout;
  }

  @Override
  public void append(int layer, KvRows newKeys, KvRows newValues, int firstRow, int count) {
    int done = Math.max(0, count - window);
    while (done < count) {
      int position = length() + done;
      int run = Math.min(layout.run(position), count - done);
      slots.copy(layer, newKeys, newValues, firstRow + done, layout.slot(position), run);
      done += run;
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Once the buffer has rolled over, only the last position can be taken back: what an earlier
   * one sees is overwritten.
   */
  @Override
  public int rewind(int position) {
    boolean held = length() <= window || position >= length() - 1;
    return shortenTo(held ? position : 0);
  }
}

package dev.sirocco.model;

import dev.sirocco.kernels.KvLayout;
import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.weights.ModelConfig;

/** Keeps every position: position i in slot i. */
public final class FullKvCache extends SlottedKvCache {

  private static final KvLayout LAYOUT =
      new KvLayout() {
        @Override
        public int slot(int position) {
          return position;
        }

        @Override
        public int run(int position) {
          return Integer.MAX_VALUE - position;
        }
      };

  /**
   * An empty cache.
   *
   * @param config shape of the model
   * @param dtype {@link DType#F16} or {@link DType#F32}
   * @param context most positions
   */
  public FullKvCache(ModelConfig config, DType dtype, int context) {
    super(config, dtype, context, context);
  }

  @Override
  public KvLayout layout() {
    return LAYOUT;
  }

  @Override
  public void append(int layer, KvRows newKeys, KvRows newValues, int firstRow, int count) {
    slots.copy(layer, newKeys, newValues, firstRow, length(), count);
  }

  @Override
  public int rewind(int position) {
    return shortenTo(position);
  }
}

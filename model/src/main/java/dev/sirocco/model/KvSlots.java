package dev.sirocco.model;

import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.weights.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows for keys and values of all layers, as many as were needed so far: doubled when full, up to a
 * largest number. One layer is moved at a time, so growing holds only one layer twice.
 */
final class KvSlots implements AutoCloseable {

  private static final int FIRST_SLOTS = 256;

  private final DType dtype;
  private final int rowLength;
  private final int most;
  private final List<Layer> layers = new ArrayList<>();
  private int slots;

  /** The rows of one layer and the memory they live in. */
  private static final class Layer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final KvRows keys;
    private final KvRows values;

    Layer(DType dtype, int slots, int rowLength) {
      keys = KvRows.allocate(arena, dtype, slots, rowLength);
      values = KvRows.allocate(arena, dtype, slots, rowLength);
    }

    long bytes() {
      return keys.data().byteSize() + values.data().byteSize();
    }

    void copyStart(Layer from) {
      MemorySegment.copy(from.keys.data(), 0, keys.data(), 0, from.keys.data().byteSize());
      MemorySegment.copy(from.values.data(), 0, values.data(), 0, from.values.data().byteSize());
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  KvSlots(ModelConfig config, DType dtype, int most) {
    this.dtype = dtype;
    this.rowLength = config.kvDim();
    this.most = most;
    this.slots = Math.min(most, FIRST_SLOTS);
    for (int i = 0; i < config.nLayers(); i++) {
      layers.add(new Layer(dtype, slots, rowLength));
    }
  }

  KvRows keys(int layer) {
    return layers.get(layer).keys;
  }

  KvRows values(int layer) {
    return layers.get(layer).values;
  }

  long bytes() {
    return layers.stream().mapToLong(Layer::bytes).sum();
  }

  /** Grows until there are {@code wanted} slots, or the largest number. */
  void ensure(int wanted) {
    if (slots >= Math.min(wanted, most)) {
      return;
    }
    slots = (int) Math.min(most, Math.max(wanted, 2L * slots));
    for (int i = 0; i < layers.size(); i++) {
      Layer old = layers.get(i);
      Layer grown = new Layer(dtype, slots, rowLength);
      grown.copyStart(old);
      layers.set(i, grown);
      old.close();
    }
  }

  /** Copies {@code count} rows of a batch into consecutive slots. */
  void copy(int layer, KvRows newKeys, KvRows newValues, int firstRow, int slot, int count) {
    copy(newKeys, firstRow, keys(layer), slot, count);
    copy(newValues, firstRow, values(layer), slot, count);
  }

  private static void copy(KvRows from, int row, KvRows to, int slot, int count) {
    long bytes = to.rowBytes();
    MemorySegment.copy(from.data(), row * bytes, to.data(), slot * bytes, count * bytes);
  }

  @Override
  public void close() {
    layers.forEach(Layer::close);
    layers.clear();
  }
}

package dev.sirocco.model;

import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.weights.ModelConfig;

/** What the caches with consecutive slots share: length, limit and memory. */
abstract sealed class SlottedKvCache implements KvCache permits FullKvCache, RollingBufferCache {

  /** The rows behind the positions. */
  final KvSlots slots;

  private final int context;
  private int length;

  SlottedKvCache(ModelConfig config, DType dtype, int context, int mostSlots) {
    if (context < 1 || mostSlots < 1) {
      throw new IllegalArgumentException(
          "context and window must be at least 1, but are %d and %d".formatted(context, mostSlots));
    }
    this.context = context;
    this.slots = new KvSlots(config, dtype, mostSlots);
  }

  @Override
  public final int length() {
    return length;
  }

  @Override
  public final int context() {
    return context;
  }

  @Override
  public final KvRows keys(int layer) {
    return slots.keys(layer);
  }

  @Override
  public final KvRows values(int layer) {
    return slots.values(layer);
  }

  @Override
  public final void reserve(int count) {
    if (count > context - length) {
      throw new IllegalArgumentException(
          "%d more tokens after %d exceed the context of %d; shorten the text or open the model with a larger context"
              .formatted(count, length, context));
    }
    slots.ensure(length + count);
  }

  @Override
  public final void advance(int count) {
    length += count;
  }

  /** Sets the length to {@code position}, which must not be above it. */
  final int shortenTo(int position) {
    if (position < 0 || position > length) {
      throw new IllegalArgumentException(
          "cannot rewind a sequence of %d tokens to %d".formatted(length, position));
    }
    length = position;
    return position;
  }

  @Override
  public final long bytes() {
    return slots.bytes();
  }

  @Override
  public final void close() {
    slots.close();
  }
}

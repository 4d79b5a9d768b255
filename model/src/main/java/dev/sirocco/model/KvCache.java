package dev.sirocco.model;

import dev.sirocco.kernels.KvLayout;
import dev.sirocco.kernels.KvRows;

/**
 * Keys and values of the positions of one sequence, in every layer.
 *
 * <p>A forward pass first calls {@link #reserve}, then reads the cached positions of a layer and
 * {@link #append}s the batch's own, layer by layer, and at the end makes them part of the sequence
 * with {@link #advance}. Until then {@link #length} does not count them; so a layer's attention
 * never sees a slot that its own batch has overwritten.
 *
 * <p>Memory lies outside the Java heap and grows with the sequence. Used by one thread at a time.
 *
 * @see FullKvCache
 * @see RollingBufferCache
 * @see PagedCache
 */
public interface KvCache extends AutoCloseable {

  /** Positions of the sequence so far; the next token stands at this position. */
  int length();

  /** Most positions the sequence may have. */
  int context();

  /** Which row of {@link #keys} and {@link #values} holds which position. */
  KvLayout layout();

  /** Rotated keys of a layer; valid until the next {@link #reserve}. */
  KvRows keys(int layer);

  /** Values of a layer; valid until the next {@link #reserve}. */
  KvRows values(int layer);

  /**
   * Makes room for {@code count} more positions.
   *
   * @throws IllegalArgumentException if the sequence would be longer than {@link #context}
   */
  void reserve(int count);

  /**
   * Copies the rows {@code firstRow} to {@code firstRow + count - 1} of a batch into the slots of
   * the positions {@link #length} to {@code length + count - 1} of a layer.
   */
  void append(int layer, KvRows newKeys, KvRows newValues, int firstRow, int count);

  /** Counts {@code count} appended positions as part of the sequence. */
  void advance(int count);

  /**
   * Forgets the positions from {@code position} on, or everything if positions that the one at
   * {@code position} sees are no longer held.
   *
   * @param position 0 to {@link #length}
   * @return the new length: {@code position}, or 0
   */
  int rewind(int position);

  /** Bytes that the keys and values take now. */
  long bytes();

  /** Frees the memory. */
  @Override
  void close();
}

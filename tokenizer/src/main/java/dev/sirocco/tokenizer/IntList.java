package dev.sirocco.tokenizer;

import java.util.Arrays;

/** A growing list of ints. */
final class IntList {

  private int[] values;
  private int size;

  IntList(int capacity) {
    values = new int[Math.max(capacity, 8)];
  }

  int size() {
    return size;
  }

  int get(int index) {
    return values[index];
  }

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    values[size++] = value;
  }

  void addAll(int[] source) {
    for (int value : source) {
      add(value);
    }
  }

  void insertFirst(int value) {
    add(value);
    System.arraycopy(values, 0, values, 1, size - 1);
    values[0] = value;
  }

  /** The values from an index to the end. */
  int[] toArray(int from) {
    return Arrays.copyOfRange(values, from, size);
  }

  int[] toArray() {
    return toArray(0);
  }
}

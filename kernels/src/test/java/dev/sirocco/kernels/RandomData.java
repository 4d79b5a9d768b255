package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;

/** Seeded weights, activations, keys and values. */
final class RandomData {

  private final Arena arena;
  private final SampleData data;

  RandomData(Arena arena, long seed) {
    this.arena = arena;
    this.data = new SampleData(arena, seed);
  }

  /** Activations from a normal distribution. */
  FloatMatrix activations(int rows, int columns) {
    return data.activations(rows, columns);
  }

  /** Weights with arbitrary codes and finite scales of either sign, at an odd address. */
  Tensor weights(DType type, int rows, int columns) {
    return data.weights(type, rows, columns);
  }

  /** Keys or values. */
  KvRows keyValueRows(Kernels kernels, DType type, int rows, int rowLength) {
    KvRows target = KvRows.allocate(arena, type, rows, rowLength);
    kernels.store(activations(rows, rowLength), target, 0);
    return target;
  }
}

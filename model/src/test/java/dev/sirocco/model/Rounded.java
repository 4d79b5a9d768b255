package dev.sirocco.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The weights of a model in another plain number format, for tests. */
final class Rounded {

  private Rounded() {}

  /** All tensors converted to {@code dtype}: F32, F16 or BF16, to nearest, ties to even. */
  static ModelWeights to(DType dtype, ModelWeights weights) {
    return new ModelWeights() {
      @Override
      public ModelConfig config() {
        return weights.config();
      }

      @Override
      public Tensor tensor(String name) {
        return convert(weights.tensor(name), dtype);
      }
    };
  }

  private static Tensor convert(Tensor tensor, DType dtype) {
    int n = Math.toIntExact(tensor.elements());
    float[] values = new float[n];
    Dequantizer.dequantize(tensor.dtype(), tensor.data(), 0, values, 0, n);
    MemorySegment data = Arena.ofAuto().allocate(dtype.bytes(n), 64);
    for (int i = 0; i < n; i++) {
      switch (dtype) {
        case F32 -> data.setAtIndex(JAVA_FLOAT, i, values[i]);
        case F16 -> data.setAtIndex(JAVA_SHORT, i, Float.floatToFloat16(values[i]));
        case BF16 -> data.setAtIndex(JAVA_SHORT, i, toBfloat16(values[i]));
        default -> throw new IllegalArgumentException("not a plain format: " + dtype);
      }
    }
    return new Tensor(tensor.name(), dtype, tensor.shape(), data);
  }

  /** The upper half of the nearest bfloat16, ties to even. */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }
}

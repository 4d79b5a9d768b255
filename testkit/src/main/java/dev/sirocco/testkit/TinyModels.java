package dev.sirocco.testkit;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFormatException;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.MoeConfig;
import dev.sirocco.weights.RopeConfig;
import dev.sirocco.weights.RopeScaling;
import dev.sirocco.weights.TensorNames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/**
 * Tiny models with seeded random weights, so that a test needs no file: dimension 64, 4 query and 2
 * key/value heads of 16, 3 layers, 96 tokens, and for a mixture 8 experts, 2 of them per token.
 */
public final class TinyModels {

  private TinyModels() {}

  /** Hyper-parameters of a dense model with a sliding window, or none if empty. */
  public static ModelConfig dense(OptionalInt window) {
    return config(window, Optional.empty());
  }

  /** Hyper-parameters of a mixture of 8 experts, top-2, without a window. */
  public static ModelConfig mixture() {
    return config(OptionalInt.empty(), Optional.of(new MoeConfig(8, 2)));
  }

  private static ModelConfig config(OptionalInt window, Optional<MoeConfig> moe) {
    return new ModelConfig(
        "llama",
        64,
        3,
        96,
        4,
        2,
        16,
        96,
        512,
        1e-5f,
        new RopeConfig(10_000, RopeLayout.INTERLEAVED, new RopeScaling.None()),
        window,
        moe,
        false);
  }

  /**
   * F32 weights on the heap's side of the garbage collector: they live as long as they are
   * reachable.
   */
  public static ModelWeights weights(ModelConfig config, long seed) {
    return weights(config, seed, DType.F32);
  }

  /**
   * Weights whose matrices are of type {@code dtype}: F32, F16 or BF16; norms and routers are F32.
   */
  public static ModelWeights weights(ModelConfig config, long seed, DType dtype) {
    Builder builder = new Builder(dtype, new Random(seed));
    int dim = config.dim();
    builder.matrix(TensorNames.TOK_EMBEDDINGS, config.vocabSize(), dim);
    for (int i = 0; i < config.nLayers(); i++) {
      builder.norm(TensorNames.attentionNorm(i), dim);
      builder.matrix(TensorNames.wq(i), config.queryDim(), dim);
      builder.matrix(TensorNames.wk(i), config.kvDim(), dim);
      builder.matrix(TensorNames.wv(i), config.kvDim(), dim);
      builder.matrix(TensorNames.wo(i), dim, config.queryDim());
      builder.norm(TensorNames.ffnNorm(i), dim);
      feedForward(builder, config, i);
    }
    builder.norm(TensorNames.NORM, dim);
    if (!config.tiedEmbeddings()) {
      builder.matrix(TensorNames.OUTPUT, config.vocabSize(), dim);
    }
    return builder.build(config);
  }

  private static void feedForward(Builder builder, ModelConfig config, int layer) {
    int dim = config.dim();
    int hidden = config.hiddenDim();
    if (config.moe().isEmpty()) {
      builder.matrix(TensorNames.feedForward(layer, "w1"), hidden, dim);
      builder.matrix(TensorNames.feedForward(layer, "w2"), dim, hidden);
      builder.matrix(TensorNames.feedForward(layer, "w3"), hidden, dim);
      return;
    }
    int nExperts = config.moe().get().nExperts();
    builder.router(TensorNames.gate(layer), nExperts, dim);
    for (int e = 0; e < nExperts; e++) {
      builder.matrix(TensorNames.expert(layer, e, "w1"), hidden, dim);
      builder.matrix(TensorNames.expert(layer, e, "w2"), dim, hidden);
      builder.matrix(TensorNames.expert(layer, e, "w3"), hidden, dim);
    }
  }

  /** The same weights with one tensor replaced. */
  public static ModelWeights with(ModelWeights weights, Tensor replacement) {
    return new ModelWeights() {
      @Override
      public ModelConfig config() {
        return weights.config();
      }

      @Override
      public Tensor tensor(String name) {
        return name.equals(replacement.name()) ? replacement : weights.tensor(name);
      }
    };
  }

  /** An F32 tensor with the given values. */
  public static Tensor tensor(String name, List<Long> shape, float... values) {
    MemorySegment data = Arena.ofAuto().allocate(4L * values.length, 64);
    data.copyFrom(MemorySegment.ofArray(values));
    return new Tensor(name, DType.F32, shape, data);
  }

  /** Draws weights, so scaled that hidden states keep their size. */
  private static final class Builder {
    private final DType dtype;
    private final Random random;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    Builder(DType dtype, Random random) {
      this.dtype = dtype;
      this.random = random;
    }

    void norm(String name, int dim) {
      float[] values = new float[dim];
      for (int i = 0; i < dim; i++) {
        values[i] = 1 + 0.1f * (float) random.nextGaussian();
      }
      tensors.put(name, tensor(name, List.of((long) dim), values));
    }

    void matrix(String name, int rows, int columns) {
      put(name, dtype, rows, columns);
    }

    void router(String name, int rows, int columns) {
      put(name, DType.F32, rows, columns);
    }

    private void put(String name, DType type, int rows, int columns) {
      MemorySegment data = Arena.ofAuto().allocate(type.bytes((long) rows * columns), 64);
      double scale = 1 / Math.sqrt(columns);
      for (int i = 0; i < rows * columns; i++) {
        float value = (float) (scale * random.nextGaussian());
        switch (type) {
          case F32 -> data.set(JAVA_FLOAT_UNALIGNED, 4L * i, value);
          case F16 -> data.set(JAVA_SHORT_UNALIGNED, 2L * i, Float.floatToFloat16(value));
          case BF16 ->
              data.set(
                  JAVA_SHORT_UNALIGNED, 2L * i, (short) (Float.floatToRawIntBits(value) >>> 16));
          default -> throw new IllegalArgumentException("tiny models are not made in " + type);
        }
      }
      tensors.put(name, Tensor.matrix(name, type, rows, columns, data));
    }

    ModelWeights build(ModelConfig config) {
      return new ModelWeights() {
        @Override
        public ModelConfig config() {
          return config;
        }

        @Override
        public Tensor tensor(String name) {
          Tensor tensor = tensors.get(name);
          if (tensor == null) {
            throw new ModelFormatException("the model has no tensor " + name);
          }
          return tensor;
        }
      };
    }
  }
}

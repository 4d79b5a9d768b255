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
 * key/value heads of 16, 3 layers, the tokens of {@link TinyVocabulary}, and for a mixture 8
 * experts, 2 of them per token.
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
        TinyVocabulary.SIZE,
        512,
        1e-5f,
        new RopeConfig(10_000, RopeLayout.INTERLEAVED, new RopeScaling.None()),
        window,
        moe,
        false);
  }

  /** F32 weights in memory; they live as long as they are reachable. */
  public static ModelWeights weights(ModelConfig config, long seed) {
    return weights(config, seed, DType.F32);
  }

  /**
   * Weights whose matrices are of type {@code dtype}: F32, F16 or BF16; norms and routers are F32.
   */
  public static ModelWeights weights(ModelConfig config, long seed, DType dtype) {
    Builder builder = new Builder(dtype, new Random(seed));
    shapes(config).forEach(builder::add);
    return builder.build(config);
  }

  /** Names of all tensors of a model. */
  public static List<String> names(ModelConfig config) {
    return List.copyOf(shapes(config).keySet());
  }

  /** Rows and columns of all tensors; a norm has one row. */
  private static Map<String, Shape> shapes(ModelConfig config) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    int dim = config.dim();
    shapes.put(TensorNames.TOK_EMBEDDINGS, new Shape(config.vocabSize(), dim));
    for (int i = 0; i < config.nLayers(); i++) {
      shapes.put(TensorNames.attentionNorm(i), new Shape(1, dim));
      shapes.put(TensorNames.wq(i), new Shape(config.queryDim(), dim));
      shapes.put(TensorNames.wk(i), new Shape(config.kvDim(), dim));
      shapes.put(TensorNames.wv(i), new Shape(config.kvDim(), dim));
      shapes.put(TensorNames.wo(i), new Shape(dim, config.queryDim()));
      shapes.put(TensorNames.ffnNorm(i), new Shape(1, dim));
      addFeedForward(shapes, config, i);
    }
    shapes.put(TensorNames.NORM, new Shape(1, dim));
    if (!config.tiedEmbeddings()) {
      shapes.put(TensorNames.OUTPUT, new Shape(config.vocabSize(), dim));
    }
    return shapes;
  }

  private static void addFeedForward(Map<String, Shape> shapes, ModelConfig config, int layer) {
    Shape up = new Shape(config.hiddenDim(), config.dim());
    Shape down = new Shape(config.dim(), config.hiddenDim());
    if (config.moe().isEmpty()) {
      shapes.put(TensorNames.feedForward(layer, "w1"), up);
      shapes.put(TensorNames.feedForward(layer, "w2"), down);
      shapes.put(TensorNames.feedForward(layer, "w3"), up);
      return;
    }
    int nExperts = config.moe().get().nExperts();
    shapes.put(TensorNames.gate(layer), new Shape(nExperts, config.dim()));
    for (int e = 0; e < nExperts; e++) {
      shapes.put(TensorNames.expert(layer, e, "w1"), up);
      shapes.put(TensorNames.expert(layer, e, "w2"), down);
      shapes.put(TensorNames.expert(layer, e, "w3"), up);
    }
  }

  private record Shape(int rows, int columns) {}

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

    void add(String name, Shape shape) {
      if (shape.rows() == 1) {
        norm(name, shape.columns());
      } else {
        DType type = name.contains(".gate.") ? DType.F32 : dtype;
        put(name, type, shape.rows(), shape.columns());
      }
    }

    private void norm(String name, int dim) {
      float[] values = new float[dim];
      for (int i = 0; i < dim; i++) {
        values[i] = 1 + 0.1f * (float) random.nextGaussian();
      }
      tensors.put(name, tensor(name, List.of((long) dim), values));
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

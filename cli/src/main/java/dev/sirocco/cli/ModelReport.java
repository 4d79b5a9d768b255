package dev.sirocco.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFiles;
import dev.sirocco.weights.MoeConfig;
import dev.sirocco.weights.ParameterAccount;
import dev.sirocco.weights.RopeScaling;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What {@code sirocco inspect} tells of a model; its JSON form is this record.
 *
 * @param path as it was given
 * @param architecture as the file calls it
 * @param hyperParameters all of them
 * @param tensors by number format, in alphabetical order; empty if the weights are not there
 * @param parameters where they are
 * @param memory what running the model takes
 */
record ModelReport(
    String path,
    String architecture,
    HyperParameters hyperParameters,
    Map<String, TensorsOfType> tensors,
    Account parameters,
    Memory memory) {

  private static final int ASSUMED_BYTES = 2;

  /** The report of a model whose weights are there. */
  static ModelReport of(Path path, ModelFiles files, CacheOptions cache) {
    Map<String, TensorsOfType> tensors = new TreeMap<>();
    for (Tensor tensor : files.sourceTensors().values()) {
      tensors.merge(tensor.dtype().name(), TensorsOfType.of(tensor), TensorsOfType::plus);
    }
    return of(path, files.config(), tensors, files.weightBytes(), cache);
  }

  /** The report of a configuration alone; its weights are taken to have 16 bits each. */
  static ModelReport of(Path path, ModelConfig config, CacheOptions cache) {
    long bytes = ASSUMED_BYTES * ParameterAccount.of(config).total();
    return of(path, config, Map.of(), bytes, cache);
  }

  private static ModelReport of(
      Path path,
      ModelConfig config,
      Map<String, TensorsOfType> tensors,
      long weightBytes,
      CacheOptions cache) {
    return new ModelReport(
        path.toString(),
        config.architecture(),
        HyperParameters.of(config),
        tensors,
        Account.of(ParameterAccount.of(config)),
        Memory.of(config, weightBytes, cache));
  }

  /** All hyper-parameters; those that a model does not have are null in JSON. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record HyperParameters(
      int dim,
      int nLayers,
      int hiddenDim,
      int nHeads,
      int nKvHeads,
      int headDim,
      int vocabSize,
      int maxPositions,
      float normEps,
      double ropeTheta,
      String ropeLayout,
      String ropeScaling,
      OptionalInt slidingWindow,
      Optional<Integer> nExperts,
      Optional<Integer> topK,
      boolean tiedEmbeddings) {

    static HyperParameters of(ModelConfig config) {
      return new HyperParameters(
          config.dim(),
          config.nLayers(),
          config.hiddenDim(),
          config.nHeads(),
          config.nKvHeads(),
          config.headDim(),
          config.vocabSize(),
          config.maxPositions(),
          config.normEps(),
          config.rope().theta(),
          config.rope().layout().name().toLowerCase(Locale.ROOT),
          describe(config.rope().scaling()),
          config.slidingWindow(),
          config.moe().map(MoeConfig::nExperts),
          config.moe().map(MoeConfig::topK),
          config.tiedEmbeddings());
    }

    private static String describe(RopeScaling scaling) {
      return switch (scaling) {
        case RopeScaling.None none -> "none";
        case RopeScaling.Linear linear -> "linear, factor " + linear.factor();
        case RopeScaling.Yarn yarn ->
            "yarn, factor %s, original context %d, beta %s to %s, attention factor %s"
                .formatted(
                    yarn.factor(),
                    yarn.originalMaxPositions(),
                    yarn.betaSlow(),
                    yarn.betaFast(),
                    yarn.attentionFactor());
        case RopeScaling.Llama3 llama3 ->
            "llama3, factor %s, original context %d, frequency factors %s to %s"
                .formatted(
                    llama3.factor(),
                    llama3.originalMaxPositions(),
                    llama3.lowFrequencyFactor(),
                    llama3.highFrequencyFactor());
        case RopeScaling.Divided divided ->
            "frequencies divided by %s to %s"
                .formatted(
                    Collections.min(divided.divisors()), Collections.max(divided.divisors()));
      };
    }
  }

  record TensorsOfType(int count, long elements, long bytes) {

    static TensorsOfType of(Tensor tensor) {
      return new TensorsOfType(1, tensor.elements(), tensor.data().byteSize());
    }

    TensorsOfType plus(TensorsOfType other) {
      return new TensorsOfType(count + other.count, elements + other.elements, bytes + other.bytes);
    }
  }

  record Account(
      long attention,
      long feedForward,
      long experts,
      long router,
      long norms,
      long embeddings,
      long total,
      long activePerToken,
      double ffnRatio) {

    static Account of(ParameterAccount account) {
      return new Account(
          account.attention(),
          account.feedForward(),
          account.experts(),
          account.router(),
          account.norms(),
          account.embeddings(),
          account.total(),
          account.activePerToken(),
          account.ffnRatio());
    }
  }

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Memory(
      long weightBytes,
      int context,
      String kvType,
      OptionalInt window,
      long kvCacheBytes,
      long kvCacheBytesWithoutWindow) {
    static Memory of(ModelConfig config, long weightBytes, CacheOptions cache) {
      int context = cache.context().orElse(config.maxPositions());
      OptionalInt window =
          cache.window().isPresent()
              ? cache.window().filter(w -> w > 0).map(OptionalInt::of).orElse(OptionalInt.empty())
              : config.slidingWindow();
      DType kvType = cache.kvType();
      int kept = Math.min(context, window.orElse(context));
      return new Memory(
          weightBytes,
          context,
          kvType.name().toLowerCase(Locale.ROOT),
          window,
          ParameterAccount.kvCacheBytes(config, kept, kvType.blockBytes(), false),
          ParameterAccount.kvCacheBytes(config, context, kvType.blockBytes(), false));
    }
  }
}

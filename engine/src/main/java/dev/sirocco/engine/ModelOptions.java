package dev.sirocco.engine;

import dev.sirocco.kernels.Activations;
import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.tensor.DType;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.MoeConfig;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a model is opened. Immutable; start from {@link #defaults()} and change single values:
 *
 * {@snippet :
 * ModelOptions options = ModelOptions.defaults().withThreads(2).withContext(4096);
 * }
 *
 * @param threads threads for arithmetic, 0 for one per processor
 * @param kernels {@code auto}, {@code scalar}, {@code vector} or {@code native}
 * @param context longest sequence in tokens; if empty, what the file declares
 * @param window sliding window in tokens instead of the file's, 0 for none; if empty, the file's
 * @param kvType keys and values are kept in {@link DType#F16} or {@link DType#F32}
 * @param chunk most tokens computed at once, 1 to 65536
 * @param expertsPerToken experts each token uses instead of what the file says
 * @param activations how finely kernels may quantise activations, as {@link Activations} tells. If
 *     empty, to 8 bits where {@code native} is asked for, and else to 16, whose results are close
 *     to exact
 */
public record ModelOptions(
    int threads,
    String kernels,
    OptionalInt context,
    OptionalInt window,
    DType kvType,
    int chunk,
    OptionalInt expertsPerToken,
    Optional<Activations> activations) {

  /**
   * @throws IllegalArgumentException if a value is out of range
   */
  public ModelOptions {
    Checks.range("threads", threads, 0, 1024);
    KernelSelection.Choice.of(kernels);
    context.ifPresent(n -> Checks.range("context", n, 1, 1 << 24));
    window.ifPresent(w -> Checks.range("window", w, 0, 1 << 24));
    if (kvType != DType.F16 && kvType != DType.F32) {
      throw new IllegalArgumentException("kv-type must be F16 or F32, but is " + kvType);
    }
    Checks.range("chunk", chunk, 1, 65_536);
    expertsPerToken.ifPresent(k -> Checks.range("experts-per-token", k, 1, 1024));
  }

  /** The model's hyper-parameters with what these options change. */
  ModelConfig applyTo(ModelConfig file) {
    OptionalInt slidingWindow =
        window.isEmpty()
            ? file.slidingWindow()
            : window.getAsInt() == 0 ? OptionalInt.empty() : window;
    if (expertsPerToken.isPresent() && file.moe().isEmpty()) {
      throw new IllegalArgumentException(
          "experts-per-token is %d, but this model is dense; leave the option out"
              .formatted(expertsPerToken.getAsInt()));
    }
    return new ModelConfig(
        file.architecture(),
        file.dim(),
        file.nLayers(),
        file.hiddenDim(),
        file.nHeads(),
        file.nKvHeads(),
        file.headDim(),
        file.vocabSize(),
        file.maxPositions(),
        file.normEps(),
        file.rope(),
        slidingWindow,
        file.moe().map(m -> new MoeConfig(m.nExperts(), expertsPerToken.orElse(m.topK()))),
        file.tiedEmbeddings());
  }

  /** Starts the kernels that these options ask for. */
  KernelSelection pickKernels() {
    int workers = threads == 0 ? KernelOptions.defaults().threads() : threads;
    KernelSelection.Choice choice = KernelSelection.Choice.of(kernels);
    Activations unlessAsked =
        choice == KernelSelection.Choice.NATIVE ? Activations.INT8 : Activations.INT16;
    return KernelSelection.pick(
        choice, new KernelOptions(workers, activations.orElse(unlessAsked)));
  }

  /** All processors, the fastest kernels, the file's context and window, F16 keys and values. */
  public static ModelOptions defaults() {
    return new ModelOptions(
        0,
        "auto",
        OptionalInt.empty(),
        OptionalInt.empty(),
        DType.F16,
        512,
        OptionalInt.empty(),
        Optional.empty());
  }

  public ModelOptions withThreads(int value) {
    return new ModelOptions(
        value, kernels, context, window, kvType, chunk, expertsPerToken, activations);
  }

  public ModelOptions withKernels(String value) {
    return new ModelOptions(
        threads, value, context, window, kvType, chunk, expertsPerToken, activations);
  }

  public ModelOptions withContext(int value) {
    return new ModelOptions(
        threads,
        kernels,
        OptionalInt.of(value),
        window,
        kvType,
        chunk,
        expertsPerToken,
        activations);
  }

  /** A sliding window of {@code value} tokens, or none if 0, whatever the file says. */
  public ModelOptions withWindow(int value) {
    return new ModelOptions(
        threads,
        kernels,
        context,
        OptionalInt.of(value),
        kvType,
        chunk,
        expertsPerToken,
        activations);
  }

  public ModelOptions withKvType(DType value) {
    return new ModelOptions(
        threads, kernels, context, window, value, chunk, expertsPerToken, activations);
  }

  public ModelOptions withChunk(int value) {
    return new ModelOptions(
        threads, kernels, context, window, kvType, value, expertsPerToken, activations);
  }

  public ModelOptions withExpertsPerToken(int value) {
    return new ModelOptions(
        threads, kernels, context, window, kvType, chunk, OptionalInt.of(value), activations);
  }

  /** 8- or 16-bit activations in native kernels, for the whole engine. */
  public ModelOptions withActivations(Activations value) {
    return new ModelOptions(
        threads, kernels, context, window, kvType, chunk, expertsPerToken, Optional.of(value));
  }
}

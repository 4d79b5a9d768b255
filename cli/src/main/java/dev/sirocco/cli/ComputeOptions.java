package dev.sirocco.cli;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.kernels.Activations;
import dev.sirocco.kernels.KernelSelection;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a model is opened and computed: the options that all commands with a model share. */
final class ComputeOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute (default: one for each processor).")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--kernels",
      paramLabel = "K",
      description = "Arithmetic: scalar, vector, native, or auto for the fastest (default: auto).")
  private Optional<String> kernels = Optional.empty();

  @Option(
      names = "--activations",
      paramLabel = "A",
      description =
          "How finely native kernels, and vector kernels with Q4_0 and Q4_K, may round activations: int8, or int16 for results close to exact (default: int8 with --kernels native, else int16).")
  private Optional<String> activations = Optional.empty();

  @Mixin private CacheOptions cache;

  @Option(
      names = "--chunk",
      paramLabel = "C",
      description = "Most tokens computed at once (default: 512).")
  private Optional<Integer> chunk = Optional.empty();

  @Option(
      names = "--experts-per-token",
      paramLabel = "K",
      description = "Experts that each token uses (default: the model's).")
  private Optional<Integer> expertsPerToken = Optional.empty();

  /** The context that was asked for. */
  Optional<Integer> context() {
    return cache.context();
  }

  /**
   * The options in the engine's form.
   *
   * @throws ParameterException if a value is out of range
   */
  ModelOptions toModelOptions() {
    ModelOptions options = ModelOptions.defaults();
    options = apply("--threads", options, o -> threads.map(o::withThreads).orElse(o));
    options = apply("--kernels", options, o -> kernels.map(o::withKernels).orElse(o));
    options =
        apply(
            "--activations",
            options,
            o -> activations.map(Activations::of).map(o::withActivations).orElse(o));
    options = apply("--context", options, o -> cache.context().map(o::withContext).orElse(o));
    options = apply("--window", options, o -> cache.window().map(o::withWindow).orElse(o));
    options = apply("--kv-type", options, o -> o.withKvType(cache.kvType()));
    options = apply("--chunk", options, o -> chunk.map(o::withChunk).orElse(o));
    return apply(
        "--experts-per-token", options, o -> expertsPerToken.map(o::withExpertsPerToken).orElse(o));
  }

  private ModelOptions apply(
      String option, ModelOptions options, UnaryOperator<ModelOptions> change) {
    try {
      return change.apply(options);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.startsWith(option.substring(2));
      throw new ParameterException(
          spec.commandLine(), named ? "--" + message : option + ": " + message, e);
    }
  }

  /** Opens a model with these options. */
  LanguageModel open(Path path) {
    ModelOptions options = toModelOptions();
    if (needsVectorModule(options.kernels())) {
      VectorModule.resolve();
    }
    return LanguageModel.open(path, options);
  }

  /** Adding the module takes a while, so that it waits until it is known to be needed. */
  private static boolean needsVectorModule(String kernels) {
    return switch (KernelSelection.Choice.of(kernels)) {
      case VECTOR -> true;
      case AUTO -> KernelSelection.nativeProblem().isPresent();
      case SCALAR, NATIVE -> false;
    };
  }
}

package dev.sirocco.weights;

import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** What the readers of all three kinds of configuration share. */
final class ConfigChecks {

  /** Largest value of a size in a model's configuration. */
  static final int LARGEST = 1 << 24;

  /** Base of the rotary frequencies where Llama files say nothing (Su et al. 2021, section 3). */
  static final double DEFAULT_THETA = 10_000;

  private static final double DEFAULT_BETA_FAST = 32;
  private static final double DEFAULT_BETA_SLOW = 1;

  private ConfigChecks() {}

  /**
   * Builds a configuration, and names the file if its values do not go together.
   *
   * @throws ModelFormatException instead of an {@link IllegalArgumentException}
   */
  static ModelConfig build(Path path, Supplier<ModelConfig> builder) {
    try {
      ModelConfig config = builder.get();
      if ((long) config.nHeads() * config.headDim() > LARGEST) {
        throw new IllegalArgumentException(
            "%d attention heads of %d elements are more than %d elements"
                .formatted(config.nHeads(), config.headDim(), LARGEST));
      }
      return config;
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          path + ": " + e.getMessage() + "; the file is damaged, or no Mistral-family model", e);
    }
  }

  /** Elements of a head where the file does not say. */
  static int defaultHeadDim(Path path, int dim, int nHeads) {
    if (dim % nHeads != 0) {
      throw new ModelFormatException(
          "%s: the embedding length %d does not divide among %d attention heads, and no head dimension is given; the file is damaged"
              .formatted(path, dim, nHeads));
    }
    return dim / nHeads;
  }

  static double betaFast(OptionalDouble declared) {
    return declared.orElse(DEFAULT_BETA_FAST);
  }

  static double betaSlow(OptionalDouble declared) {
    return declared.orElse(DEFAULT_BETA_SLOW);
  }

  /** Factor on cosine and sine that YaRN recommends (Peng et al. 2023, equation 22). */
  static double yarnAttentionFactor(double factor, double mscale) {
    return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
  }
}

package dev.sirocco.weights;

/**
 * How rotary frequencies are stretched so that a model reads contexts longer than it was trained
 * on.
 */
public sealed interface RopeScaling {

  /** Frequencies as trained. */
  record None() implements RopeScaling {}

  /**
   * Position interpolation: every position is divided by {@code factor} (Chen et al. 2023).
   *
   * @param factor above 0, finite
   */
  record Linear(double factor) implements RopeScaling {
    public Linear {
      requirePositive("rope scaling factor", factor);
    }
  }

  /**
   * YaRN: high frequencies stay, low ones are interpolated, attention is sharpened (Peng et al.
   * 2023, section 3).
   *
   * @param factor context extension, above 0
   * @param originalMaxPositions context the model was trained on
   * @param betaFast rotations in the original context above which a frequency stays as it is (32 in
   *     the paper)
   * @param betaSlow rotations below which a frequency is fully interpolated (1 in the paper)
   * @param attentionFactor factor on cosine and sine: {@code 0.1 ln(factor) + 1} unless the file
   *     says otherwise
   */
  record Yarn(
      double factor,
      int originalMaxPositions,
      double betaFast,
      double betaSlow,
      double attentionFactor)
      implements RopeScaling {
    public Yarn {
      requirePositive("rope scaling factor", factor);
      requirePositive("original context length of YaRN", originalMaxPositions);
      requirePositive("YaRN beta_fast", betaFast);
      requirePositive("YaRN beta_slow", betaSlow);
      requirePositive("YaRN attention factor", attentionFactor);
    }
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(what + " must be above 0 and finite, but is " + value);
    }
  }
}

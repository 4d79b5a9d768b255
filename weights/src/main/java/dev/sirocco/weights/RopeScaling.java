package dev.sirocco.weights;

import java.util.List;

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

  /**
   * Llama 3.1's way: pairs of long wave length are interpolated, those of short wave length stay, and
   * those between are blended.
   *
   * @param factor context extension, above 0
   * @param lowFrequencyFactor rotations in the original context below which a pair is interpolated
   * @param highFrequencyFactor rotations above which a pair stays; more than {@code
   *     lowFrequencyFactor}
   * @param originalMaxPositions context the model was trained on
   */
  record Llama3(
      double factor,
      double lowFrequencyFactor,
      double highFrequencyFactor,
      int originalMaxPositions)
      implements RopeScaling {
    public Llama3 {
      requirePositive("rope scaling factor", factor);
      requirePositive("low frequency factor of Llama 3", lowFrequencyFactor);
      requirePositive("high frequency factor of Llama 3", highFrequencyFactor);
      requirePositive("original context length of Llama 3", originalMaxPositions);
      if (highFrequencyFactor <= lowFrequencyFactor) {
        throw new IllegalArgumentException(
            "high frequency factor of Llama 3 must be above the low one, but they are %s and %s"
                .formatted(highFrequencyFactor, lowFrequencyFactor));
      }
    }
  }

  /**
   * Every pair's frequency is divided by a number of its own: how GGUF files hold Llama 3.1's scaling.
   *
   * @param divisors one for each pair of a head, above 0
   */
  record Divided(List<Double> divisors) implements RopeScaling {
    public Divided {
      divisors = List.copyOf(divisors);
      divisors.forEach(divisor -> requirePositive("rope frequency divisor", divisor));
    }
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(what + " must be above 0 and finite, but is " + value);
    }
  }
}

package dev.sirocco.model;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.weights.RopeConfig;
import dev.sirocco.weights.RopeScaling;
import java.util.List;

/**
 * Angles of the rotary position embedding (Su et al. 2021): at position p, pair i of a head turns
 * by {@code p * frequency[i]}, with {@code frequency[i] = theta^(-2i/headDim)} unless scaled.
 *
 * <p>Computed in double precision and rounded once. Immutable and thread-safe.
 */
public final class Rope {

  private final double[] frequencies;
  private final double amplitude;

  /**
   * @param config base and scaling
   * @param headDim elements of a head, even
   */
  public Rope(RopeConfig config, int headDim) {
    double[] plain = new double[headDim / 2];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = Math.pow(config.theta(), -2.0 * i / headDim);
    }
    switch (config.scaling()) {
      case RopeScaling.None() -> {
        frequencies = plain;
        amplitude = 1;
      }
      case RopeScaling.Linear(double factor) -> {
        frequencies = interpolate(plain, factor, 0, 0);
        amplitude = 1;
      }
      case RopeScaling.Yarn yarn -> {
        double fast = turningPair(yarn, yarn.betaFast(), config.theta(), headDim);
        double slow = turningPair(yarn, yarn.betaSlow(), config.theta(), headDim);
        double low = Math.max(Math.floor(fast), 0);
        double high = Math.min(Math.ceil(slow), headDim - 1);
        frequencies = interpolate(plain, yarn.factor(), low, Math.max(high, low + 0.001));
        amplitude = yarn.attentionFactor();
      }
      case RopeScaling.Llama3 llama3 -> {
        frequencies = blend(plain, llama3);
        amplitude = 1;
      }
      case RopeScaling.Divided(var divisors) -> {
        frequencies = divide(plain, divisors);
        amplitude = 1;
      }
    }
  }

  /** Angles with given frequencies, for tests. */
  Rope(double... frequencies) {
    this.frequencies = frequencies.clone();
    this.amplitude = 1;
  }

  /**
   * Divides frequencies by {@code factor}: not at all up to pair {@code low}, wholly from pair
   * {@code high} on, and blended between (Peng et al. 2023, "YaRN", section 3.2).
   */
  private static double[] interpolate(double[] plain, double factor, double low, double high) {
    double[] result = new double[plain.length];
    for (int i = 0; i < plain.length; i++) {
      double ramp = high > low ? Math.clamp((i - low) / (high - low), 0.0, 1.0) : 1;
      result[i] = plain[i] / factor * ramp + plain[i] * (1 - ramp);
    }
    return result;
  }

  /** Divides the frequencies of pairs by how often they turn within the original context. */
  private static double[] blend(double[] plain, RopeScaling.Llama3 scaling) {
    double low = scaling.lowFrequencyFactor();
    double high = scaling.highFrequencyFactor();
    double[] result = new double[plain.length];
    for (int i = 0; i < plain.length; i++) {
      double rotations = scaling.originalMaxPositions() * plain[i] / (2 * Math.PI);
      double kept = Math.clamp((rotations - low) / (high - low), 0.0, 1.0);
      result[i] = plain[i] * kept + plain[i] / scaling.factor() * (1 - kept);
    }
    return result;
  }

  private static double[] divide(double[] plain, List<Double> divisors) {
    if (divisors.size() != plain.length) {
      throw new IllegalArgumentException(
          "%d divisors of rotary frequencies are given for %d pairs of a head"
              .formatted(divisors.size(), plain.length));
    }
    double[] result = new double[plain.length];
    for (int i = 0; i < plain.length; i++) {
      result[i] = plain[i] / divisors.get(i);
    }
    return result;
  }

  /** The (fractional) pair that turns {@code rotations} times within the original context. */
  private static double turningPair(
      RopeScaling.Yarn yarn, double rotations, double theta, int headDim) {
    return headDim
        * Math.log(yarn.originalMaxPositions() / (rotations * 2 * Math.PI))
        / (2 * Math.log(theta));
  }

  /**
   * Writes cosines and sines of one position.
   *
   * @param position from 0
   * @param target [T, headDim]; of pair i, the cosine goes to column i and the sine to column
   *     headDim / 2 + i
   * @param row row of {@code target}
   */
  public void angles(int position, FloatMatrix target, int row) {
    for (int i = 0; i < frequencies.length; i++) {
      double angle = position * frequencies[i];
      target.set(row, i, (float) (amplitude * Math.cos(angle)));
      target.set(row, frequencies.length + i, (float) (amplitude * Math.sin(angle)));
    }
  }
}

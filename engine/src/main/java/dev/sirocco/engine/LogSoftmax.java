package dev.sirocco.engine;

/** The distribution that logits stand for, in double precision. */
final class LogSoftmax {

  private LogSoftmax() {}

  /** ln of the sum of the exponentials of {@code logits}. */
  static double logSumExp(float[] logits) {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum);
  }

  /** ln of the probability of {@code token}. */
  static double of(float[] logits, int token) {
    return logits[token] - logSumExp(logits);
  }
}

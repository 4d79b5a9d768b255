package dev.sirocco.model;

import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;

/**
 * Root mean square normalisation (Zhang and Sennrich 2019), in float32.
 *
 * @param kernels arithmetic
 * @param weight [D]
 * @param eps added to the mean square
 */
record RmsNorm(Kernels kernels, Tensor weight, float eps) {

  /** y = x / sqrt(mean of x^2 + eps) * weight; x, y: [T, D]. */
  void forward(FloatMatrix x, FloatMatrix y) {
    kernels.rmsNorm(x, weight, eps, y);
  }
}

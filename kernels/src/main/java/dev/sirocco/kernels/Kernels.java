package dev.sirocco.kernels;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.util.List;

/**
 * The CPU arithmetic under a model, in coarse operations: each call is a whole matrix product or a
 * whole layer's attention.
 *
 * <p>Shapes use T for tokens (rows of the batch), D for a row's input elements, O for outputs.
 * Every operation treats rows independently and in one fixed order of summation: a row's result is
 * bit for bit the same whatever the other rows are, however many there are, and however many
 * threads work. Outputs never overlap inputs unless stated.
 *
 * <p>Arguments lie in memory that every thread may access, such as a shared arena's or a mapped
 * file's, and which stays open while an operation runs.
 *
 * <p>An instance owns worker threads. It is used by one thread at a time; {@link #close} ends the
 * workers.
 *
 * @see "dev.sirocco.engine.Sampler, which chooses a token from the logits"
 */
public interface Kernels extends AutoCloseable {

  /** Short name: {@code scalar}, {@code vector} or {@code native}. */
  String name();

  /** What runs, for people: instruction set, width, threads. */
  String description();

  /** Threads that share each operation's work, the caller's included. */
  int threads();

  /** y[t, o] = sum over i of x[t, i] * w[o, i]; w: [O, D], x: [T, D], y: [T, O]. */
  void linear(Tensor w, FloatMatrix x, FloatMatrix y);

  /**
   * Several products of the same input, as for queries, keys and values: {@code y.get(k) = x *
   * transposed w.get(k)}.
   */
  void linear(List<Tensor> w, FloatMatrix x, List<FloatMatrix> y);

  /** y = silu(x w1^T) * (x w3^T), element by element; w1, w3: [O, D], x: [T, D], y: [T, O]. */
  void gatedSilu(Tensor w1, Tensor w3, FloatMatrix x, FloatMatrix y);

  /** y[t] = row tokens[t] of the table, as floats; table: [V, D], y: [T, D]. */
  void embed(Tensor table, int[] tokens, FloatMatrix y);

  /**
   * y[t, i] = x[t, i] / sqrt(mean of x[t]^2 + eps) * weight[i]; weight: F32, F16 or BF16 [D]; y may
   * be x.
   */
  void rmsNorm(FloatMatrix x, Tensor weight, float eps, FloatMatrix y);

  /**
   * Rotates the heads of x in place; x: [T, nHeads * headDim].
   *
   * @param cosSin [T, headDim]: of pair i of row t, the cosine at column i and the sine at column
   *     headDim / 2 + i
   */
  void rope(FloatMatrix x, int headDim, FloatMatrix cosSin, RopeLayout layout);

  /** Grouped-query attention with a running softmax over blocks of keys; no T x T matrix exists. */
  void attention(AttentionBatch batch);

  /** rows[firstRow + t] = x[t], converted to the rows' type (F16: to nearest, ties to even). */
  void store(FloatMatrix x, KvRows rows, int firstRow);

  /** y += x, element by element. */
  void add(FloatMatrix x, FloatMatrix y);

  /**
   * y[targets[r]] += scales[r] * x[r] for each row r of x in ascending order; for joining experts.
   */
  void addScaledRows(FloatMatrix x, int[] targets, float[] scales, FloatMatrix y);

  /** y[i] = x[rows[i]]: the tokens that an expert computes. */
  void gather(FloatMatrix x, int[] rows, FloatMatrix y);

  /** Whether no element is NaN or infinite. */
  boolean isFinite(FloatMatrix x);

  /** Ends the worker threads; the instance cannot be used afterwards. */
  @Override
  void close();
}

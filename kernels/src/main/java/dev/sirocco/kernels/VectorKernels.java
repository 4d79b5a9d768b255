package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.BITS;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Kernels in the Vector API: weights are decoded to floats, activations stay float32, products are
 * added by fused multiply-adds. With {@link Activations#INT8} and vectors of 256 bits or more,
 * activations that meet weights of Q4_0 and Q4_K are rounded to integers of 10 bits, which makes
 * decoding faster, and reading prompts slower.
 *
 * <p>Vectors have the CPU's width, up to 512 bits; the system property {@code sirocco.vector.bits}
 * (512, 256 or 128) asks for another. Results depend on the width and on the activations, but on
 * nothing else.
 */
public final class VectorKernels extends CheckedKernels {

  /** Queries of a sequence that share the blocks of keys and values they read. */
  private static final int ATTENTION_TILE = 16;

  private final Map<ElementOrder, PackedTokens> packed = new EnumMap<>(ElementOrder.class);
  private final List<RoundedTokens> rounded = new ArrayList<>();
  private final boolean rounds;
  private final Panel[] panels;
  private final VectorRows rows;
  private final VectorAttention[] attentions;

  /** Starts the worker threads. */
  public VectorKernels(KernelOptions options) {
    super(options);
    int threads = options.threads();
    for (ElementOrder order : ElementOrder.values()) {
      packed.put(order, new PackedTokens(threads, order));
    }
    this.rounds = options.activations() == Activations.INT8 && BITS >= RoundedProducts.LEAST_BITS;
    this.panels = new Panel[threads];
    this.attentions = new VectorAttention[threads];
    for (int i = 0; i < threads; i++) {
      panels[i] = new Panel();
      attentions[i] = new VectorAttention();
    }
    this.rows = new VectorRows(pool);
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public String description() {
    return "vector: Java Vector API, %d bits, %d threads%s"
        .formatted(BITS, threads(), rounds ? ", activations of Q4_0 and Q4_K in 10 bits" : "");
  }

  @Override
  void computeLinear(List<Tensor> w, FloatMatrix x, List<FloatMatrix> y) {
    for (int first = 0; first < x.rows(); first += PackedTokens.MOST_TOKENS) {
      int firstToken = first;
      int tokens = pack(w, x, first);
      pool.run(
          w.stream().mapToInt(weights -> chunks(weights, tokens, Panel.ROWS)).sum(),
          1,
          (worker, from, to) -> {
            for (int chunk = from; chunk < to; chunk++) {
              linearChunk(panels[worker], w, y, chunk, firstToken, tokens);
            }
          });
    }
  }

  /** Packs tokens from {@code first} on as the weights need them, and returns their number. */
  private int pack(List<Tensor> w, FloatMatrix x, int first) {
    int count = Math.min(PackedTokens.MOST_TOKENS, x.rows() - first);
    for (PackedTokens tokens : packed.values()) {
      if (w.stream().anyMatch(weights -> !meetsRounded(weights) && packedFor(weights) == tokens)) {
        tokens.pack(pool, x, first, count);
      }
    }
    w.stream()
        .filter(this::meetsRounded)
        .map(RoundedProducts::of)
        .distinct()
        .map(this::roundedFor)
        .forEach(tokens -> tokens.pack(pool, x, first, count));
    return count;
  }

  /** Where tokens for such products are packed; only {@link #pack} may be the first to ask. */
  private RoundedTokens roundedFor(RoundedProducts products) {
    for (RoundedTokens tokens : rounded) {
      if (tokens.products().equals(products)) {
        return tokens;
      }
    }
    RoundedTokens tokens = new RoundedTokens(threads(), products);
    rounded.add(tokens);
    return tokens;
  }

  private PackedTokens packedFor(Tensor weights) {
    return Objects.requireNonNull(packed.get(ElementOrder.of(weights.dtype())));
  }

  /** Whether such weights are multiplied with rounded tokens. */
  private boolean meetsRounded(Tensor weights) {
    return rounds && RoundedProducts.supports(weights.dtype(), weights.columns());
  }

  private void multiply(Panel panel, Tensor w, int firstRow, int count, int at) {
    if (meetsRounded(w)) {
      panel.multiply(w, firstRow, count, roundedFor(RoundedProducts.of(w)), at);
    } else {
      panel.multiply(w, firstRow, count, packedFor(w), at);
    }
  }

  private void multiplyOne(Panel panel, Tensor w, Stretches rows, int at) {
    if (meetsRounded(w)) {
      panel.multiplyOne(w, rows, roundedFor(RoundedProducts.of(w)), at);
    } else {
      panel.multiplyOne(w, rows, packedFor(w), at);
    }
  }

  /** The {@code i}-th share of the rows for a single token. */
  private Stretches stretches(Tensor w, int i) {
    return Stretches.of(w.rows(), together(w), i);
  }

  /** Rows that are multiplied together with a single token. */
  private int together(Tensor w) {
    return meetsRounded(w) ? RoundedProducts.of(w).rows() : FusedDots.rows(w.dtype());
  }

  /** Shares of the rows: stretches for a single token, or neighbouring {@code rows}. */
  private int chunks(Tensor w, int tokens, int rows) {
    return tokens == 1 ? Stretches.count(w.rows(), together(w)) : (w.rows() + rows - 1) / rows;
  }

  /** Chunk {@code chunk} of the rows of all matrices, one matrix after the other. */
  private void linearChunk(
      Panel panel, List<Tensor> w, List<FloatMatrix> y, int chunk, int firstToken, int tokens) {
    int k = 0;
    int at = chunk;
    while (at >= chunks(w.get(k), tokens, Panel.ROWS)) {
      at -= chunks(w.get(k), tokens, Panel.ROWS);
      k++;
    }
    Tensor weights = w.get(k);
    if (tokens == 1) {
      Stretches rows = stretches(weights, at);
      multiplyOne(panel, weights, rows, 0);
      panel.storeOne(firstToken, y.get(k), rows);
      return;
    }
    int firstRow = at * Panel.ROWS;
    int count = Math.min(Panel.ROWS, weights.rows() - firstRow);
    multiply(panel, weights, firstRow, count, 0);
    panel.store(firstToken, tokens, y.get(k), firstRow, count);
  }

  @Override
  void computeGatedSilu(Tensor w1, Tensor w3, FloatMatrix x, FloatMatrix y) {
    for (int first = 0; first < x.rows(); first += PackedTokens.MOST_TOKENS) {
      int firstToken = first;
      int tokens = pack(List.of(w1, w3), x, first);
      pool.run(
          chunks(w1, tokens, Panel.ROWS / 2),
          1,
          (worker, from, to) -> {
            for (int chunk = from; chunk < to; chunk++) {
              gatedChunk(panels[worker], w1, w3, y, chunk, firstToken, tokens);
            }
          });
    }
  }

  private void gatedChunk(
      Panel panel, Tensor w1, Tensor w3, FloatMatrix y, int chunk, int firstToken, int tokens) {
    if (tokens == 1) {
      Stretches rows = stretches(w1, chunk);
      multiplyOne(panel, w1, rows, 0);
      multiplyOne(panel, w3, rows, Panel.SINGLE_ROWS);
      panel.gate(1, Panel.SINGLE_ROWS);
      panel.storeOne(firstToken, y, rows);
      return;
    }
    int half = Panel.ROWS / 2;
    int firstRow = chunk * half;
    int count = Math.min(half, w1.rows() - firstRow);
    multiply(panel, w1, firstRow, count, 0);
    multiply(panel, w3, firstRow, count, half);
    panel.gate(tokens, half);
    panel.store(firstToken, tokens, y, firstRow, count);
  }

  @Override
  void computeEmbed(Tensor table, int[] tokens, FloatMatrix y) {
    rows.embed(table, tokens, y);
  }

  @Override
  void computeRmsNorm(FloatMatrix x, Tensor weight, float eps, FloatMatrix y) {
    rows.rmsNorm(x, weight, eps, y);
  }

  @Override
  void computeRope(FloatMatrix x, int headDim, FloatMatrix cosSin, RopeLayout layout) {
    rows.rope(x, headDim, cosSin, layout);
  }

  @Override
  void computeAttention(AttentionBatch batch) {
    int tiles = 0;
    for (AttentionSlice slice : batch.slices()) {
      tiles += tiles(slice);
    }
    pool.run(
        tiles * batch.nKvHeads(),
        1,
        (worker, from, to) -> {
          for (int item = from; item < to; item++) {
            attentionTile(
                attentions[worker], batch, item / batch.nKvHeads(), item % batch.nKvHeads());
          }
        });
  }

  private static void attentionTile(
      VectorAttention attention, AttentionBatch batch, int tile, int kvHead) {
    int left = tile;
    int k = 0;
    while (left >= tiles(batch.slices().get(k))) {
      left -= tiles(batch.slices().get(k));
      k++;
    }
    AttentionSlice slice = batch.slices().get(k);
    int first = left * ATTENTION_TILE;
    int count = Math.min(ATTENTION_TILE, slice.queries() - first);
    attention.run(batch, slice, first, count, kvHead);
  }

  private static int tiles(AttentionSlice slice) {
    return (slice.queries() + ATTENTION_TILE - 1) / ATTENTION_TILE;
  }

  @Override
  void computeStore(FloatMatrix x, KvRows target, int firstRow) {
    rows.store(x, target, firstRow);
  }

  @Override
  void computeAdd(FloatMatrix x, FloatMatrix y) {
    rows.add(x, y);
  }

  @Override
  void computeAddScaledRows(FloatMatrix x, int[] targets, float[] scales, FloatMatrix y) {
    rows.addScaledRows(x, targets, scales, y);
  }
}

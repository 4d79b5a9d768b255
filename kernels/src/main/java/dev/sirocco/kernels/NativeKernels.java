package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Kernels in C, with the instructions that this CPU has, called through the foreign function
 * interface.
 *
 * <p>Products with quantised weights quantise the activations in blocks of 32 ({@link
 * Activations}); products with bfloat16 weights round them to bfloat16 where the CPU multiplies
 * such. Each worker thread makes one call for its share of a whole product.
 */
public final class NativeKernels extends CheckedKernels {

  /** System property: the tier to use instead of the best one, such as {@code avx2}. */
  public static final String TIER_PROPERTY = "sirocco.native.tier";

  private static final int FLOATS = 0;

  /** Columns of rows that are added to others: few enough to share, whole cache lines. */
  private static final int COLUMNS = 512;

  /** Units of a product that share the reading of the rows; the C code's {@code GROUP}. */
  private static final int LEAST_UNITS = 4;

  private final NativeTier tier;
  private final Activations activations;
  private final Arena arena = Arena.ofShared();
  private final NativeProducts products;
  private final Map<DType, Integer> forms = new EnumMap<>(DType.class);
  private final Map<Integer, NativeMemory> prepared = new HashMap<>();
  private final NativeMemory scratch = new NativeMemory();
  private final NativeMemory attentionStructures = new NativeMemory();
  private final NativeMemory gates = new NativeMemory();

  private final String reason;

  /**
   * Starts worker threads.
   *
   * @throws NativeUnavailableException if the library or the tier is not there
   */
  static NativeKernels open(KernelOptions options, NativeTier tier)
      throws NativeUnavailableException {
    requireUsable(tier);
    return new NativeKernels(options, tier, "tier %s, as asked".formatted(tier.optionName()));
  }

  /**
   * Starts worker threads, with the best tier or the one that {@value #TIER_PROPERTY} names.
   *
   * @throws NativeUnavailableException if the library or the tier is not there
   * @throws IllegalArgumentException if the property names no tier
   */
  static NativeKernels open(KernelOptions options) throws NativeUnavailableException {
    NativeTier tier = pickTier();
    String why =
        System.getProperty(TIER_PROPERTY) == null
            ? "the best of this library that this CPU runs"
            : "named by -D" + TIER_PROPERTY;
    return new NativeKernels(options, tier, "tier %s, %s".formatted(tier.optionName(), why));
  }

  /** The tier that {@value #TIER_PROPERTY} names, or the best one. */
  static NativeTier pickTier() throws NativeUnavailableException {
    NativeFunctions.require();
    String asked = System.getProperty(TIER_PROPERTY);
    if (asked == null) {
      return bestTier(NativeFunctions::isUsable);
    }
    NativeTier tier = NativeTier.of(asked);
    requireUsable(tier);
    return tier;
  }

  private NativeKernels(KernelOptions options, NativeTier tier, String reason) {
    super(options);
    this.tier = tier;
    this.reason = reason;
    this.activations = options.activations();
    this.products = new NativeProducts(arena, tier, activations);
    for (DType type : DType.values()) {
      forms.put(type, NativeFunctions.form(tier, type, activations));
    }
  }

  private static void requireUsable(NativeTier tier) throws NativeUnavailableException {
    NativeFunctions.require();
    if (!NativeFunctions.isUsable(tier)) {
      throw new NativeUnavailableException(
          NativeFunctions.isCompiled(tier)
              ? "this CPU or operating system does not run the tier %s; choose auto"
                  .formatted(tier.optionName())
              : "the native library has no tier %s (%s)"
                  .formatted(tier.optionName(), NativeLoader.buildNote()));
    }
  }

  /** The best of the tiers that can be used. */
  static NativeTier bestTier(Predicate<NativeTier> usable) {
    return Arrays.stream(NativeTier.values())
        .filter(usable)
        .reduce(NativeTier.BASELINE, (worse, better) -> better);
  }

  /** Which tier was picked, and why. */
  String reason() {
    return reason;
  }

  /** The instructions that are used. */
  NativeTier tier() {
    return tier;
  }

  @Override
  public String name() {
    return "native";
  }

  @Override
  public String description() {
    return "C, %s, %s activations, %d threads (%s)"
        .formatted(
            tier.optionName(), activations.optionName(), threads(), NativeLoader.buildNote());
  }

  @Override
  void computeLinear(List<Tensor> w, FloatMatrix x, List<FloatMatrix> y) {
    products.begin(w.size());
    Map<Integer, PreparedRows> rows = new HashMap<>();
    for (int i = 0; i < w.size(); i++) {
      int form = form(w.get(i).dtype());
      products.add(w.get(i), rows.computeIfAbsent(form, f -> prepare(f, x)), y.get(i));
    }
    multiply(x.rows());
  }

  @Override
  void computeGatedSilu(Tensor w1, Tensor w3, FloatMatrix x, FloatMatrix y) {
    if (w1.dtype() != w3.dtype()) {
      gatedSiluOfTwoTypes(w1, w3, x, y);
      return;
    }
    products.begin(1);
    products.addGated(w1, w3, prepare(form(w1.dtype()), x), y);
    multiply(x.rows());
  }

  private void gatedSiluOfTwoTypes(Tensor w1, Tensor w3, FloatMatrix x, FloatMatrix y) {
    MemorySegment memory = gates.atLeast(y.data().byteSize()).asSlice(0, y.data().byteSize());
    FloatMatrix up = new FloatMatrix(memory, y.rows(), y.columns());
    computeLinear(List.of(w1, w3), x, List.of(y, up));
    pool.run(
        y.rows(),
        1,
        (worker, from, to) -> {
          for (long i = y.offset(from); i < y.offset(to); i += 4) {
            float gate = y.data().get(JAVA_FLOAT, i);
            float silu = (float) (gate / (1 + Math.exp(-gate)));
            y.data().set(JAVA_FLOAT, i, silu * memory.get(JAVA_FLOAT, i));
          }
        });
  }

  private int form(DType type) {
    return forms.getOrDefault(type, FLOATS);
  }

  private PreparedRows prepare(int form, FloatMatrix x) {
    if (form == FLOATS) {
      return new PreparedRows(x.data(), 4L * x.columns());
    }
    long stride = NativeFunctions.rowBytes(form, activations, x.columns());
    MemorySegment to =
        prepared.computeIfAbsent(form, f -> new NativeMemory()).atLeast(stride * x.rows());
    pool.run(
        x.rows(),
        grain(x),
        (worker, from, end) ->
            NativeFunctions.prepare(
                tier,
                form,
                activations,
                x.data().asSlice(x.offset(from)),
                end - from,
                x.columns(),
                to.asSlice(from * stride),
                stride));
    return new PreparedRows(to, stride);
  }

  private void multiply(int rows) {
    long apart = NativeMemory.apart(NativeFunctions.scratchBytes(tier, rows));
    MemorySegment all = scratch.atLeast(apart * threads());
    int units = products.units();
    pool.run(
        units,
        LEAST_UNITS,
        (worker, from, to) -> products.multiply(from, to, all.asSlice(worker * apart, apart)));
  }

  /** Fewest items to claim at once: few enough to balance threads that are held up. */
  private int grain(int items) {
    return Math.max(1, items / (threads() * 32));
  }

  /** The same for rows that take little: at least as many as waking a thread is worth. */
  private int grain(FloatMatrix x) {
    return Math.max(grain(x.rows()), leastRows(x));
  }

  @Override
  void computeEmbed(Tensor table, int[] tokens, FloatMatrix y) {
    int columns = y.columns();
    pool.run(
        tokens.length,
        grain(tokens.length),
        (worker, from, to) -> {
          float[] row = new float[columns];
          for (int t = from; t < to; t++) {
            long offset = tokens[t] * table.rowBytes();
            Dequantizer.dequantize(table.dtype(), table.data(), offset, row, 0, columns);
            MemorySegment.copy(row, 0, y.data(), JAVA_FLOAT, y.offset(t), columns);
          }
        });
  }

  @Override
  void computeRmsNorm(FloatMatrix x, Tensor weight, float eps, FloatMatrix y) {
    pool.run(
        x.rows(),
        grain(x),
        (worker, from, to) ->
            NativeFunctions.rmsNorm(
                tier,
                x.data().asSlice(x.offset(from)),
                weight.data(),
                weight.dtype(),
                eps,
                y.data().asSlice(y.offset(from)),
                to - from,
                x.columns()));
  }

  @Override
  void computeRope(FloatMatrix x, int headDim, FloatMatrix cosSin, RopeLayout layout) {
    pool.run(
        x.rows(),
        grain(x),
        (worker, from, to) ->
            NativeFunctions.rope(
                tier,
                x.data().asSlice(x.offset(from)),
                cosSin.data().asSlice(cosSin.offset(from)),
                to - from,
                x.columns(),
                headDim,
                layout == RopeLayout.INTERLEAVED));
  }

  @Override
  void computeAttention(AttentionBatch batch) {
    if (batch.slices().isEmpty()) {
      return;
    }
    NativeAttention attention = new NativeAttention(batch, attentionStructures);
    long apart =
        NativeMemory.apart(
            NativeFunctions.attentionScratchBytes(
                tier, NativeAttention.rows(batch), batch.headDim()));
    MemorySegment all = scratch.atLeast(apart * threads());
    pool.run(
        attention.items(),
        attention.grain(threads()),
        (worker, from, to) ->
            NativeFunctions.attend(
                tier, attention.structure(), from, to, all.asSlice(worker * apart, apart)));
  }

  @Override
  void computeStore(FloatMatrix x, KvRows rows, int firstRow) {
    MemorySegment to = rows.data().asSlice(firstRow * rows.rowBytes());
    if (rows.dtype() == DType.F32) {
      MemorySegment.copy(x.data(), 0, to, 0, x.data().byteSize());
    } else {
      pool.run(
          x.rows(),
          grain(x),
          (worker, from, end) ->
              NativeFunctions.toHalf(
                  tier,
                  x.data().asSlice(x.offset(from)),
                  to.asSlice(from * rows.rowBytes()),
                  (long) (end - from) * x.columns()));
    }
  }

  @Override
  void computeAdd(FloatMatrix x, FloatMatrix y) {
    pool.run(
        x.rows(),
        grain(x),
        (worker, from, to) ->
            NativeFunctions.addScaled(
                tier,
                x.data().asSlice(x.offset(from)),
                1,
                y.data().asSlice(y.offset(from)),
                (long) (to - from) * x.columns()));
  }

  /** Threads share the columns, as several rows may be added to one. */
  @Override
  void computeAddScaledRows(FloatMatrix x, int[] targets, float[] scales, FloatMatrix y) {
    int chunks = (x.columns() + COLUMNS - 1) / COLUMNS;
    pool.run(
        chunks,
        Math.max(1, LEAST_ELEMENTS / (COLUMNS * Math.max(1, targets.length))),
        (worker, from, to) -> {
          long first = (long) from * COLUMNS;
          long count = Math.min((long) to * COLUMNS, x.columns()) - first;
          for (int r = 0; r < targets.length; r++) {
            NativeFunctions.addScaled(
                tier,
                x.data().asSlice(x.offset(r) + 4 * first),
                scales[r],
                y.data().asSlice(y.offset(targets[r]) + 4 * first),
                count);
          }
        });
  }

  @Override
  public void close() {
    super.close();
    arena.close();
  }
}

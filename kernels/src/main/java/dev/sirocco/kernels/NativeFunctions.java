package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sirocco.tensor.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the C library, as {@code dispatch.c} has them. Thread-safe. Call {@link
 * #require} before anything else.
 */
final class NativeFunctions {

  /** Must equal {@code SIROCCO_ABI}. */
  private static final int ABI = 2;

  private static final @Nullable SymbolLookup LIBRARY;
  private static final @Nullable NativeUnavailableException FAILURE;

  static {
    SymbolLookup library = null;
    NativeUnavailableException failure = null;
    try {
      library = NativeLoader.load();
      requireAbi(library);
    } catch (NativeUnavailableException e) {
      library = null;
      failure = e;
    }
    LIBRARY = library;
    FAILURE = failure;
  }

  private static final MethodHandle TIER_STATE = function("tier_state", JAVA_INT, JAVA_INT);
  private static final MethodHandle FORM = function("form", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle ROW_BYTES =
      function("row_bytes", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle PREPARE =
      function(
          "prepare", null, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT,
          ADDRESS, JAVA_LONG);
  private static final MethodHandle UNIT_OUTPUTS =
      function("unit_outputs", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SCRATCH_BYTES =
      function("scratch_bytes", JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle MULTIPLY =
      function("multiply", null, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle ATTENTION_SCRATCH_BYTES =
      function("attention_scratch_bytes", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle ATTEND =
      function("attend", null, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle RMS_NORM =
      function(
          "rms_norm",
          null,
          JAVA_INT,
          ADDRESS,
          ADDRESS,
          JAVA_INT,
          JAVA_FLOAT,
          ADDRESS,
          JAVA_INT,
          JAVA_INT);
  private static final MethodHandle ROPE =
      function("rope", null, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle TO_HALF =
      function("to_half", null, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle ADD_SCALED =
      function("add_scaled", null, JAVA_INT, ADDRESS, JAVA_FLOAT, ADDRESS, JAVA_LONG);
  private static final MethodHandle LIMIT =
      function("limit", JAVA_DOUBLE, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG);

  private NativeFunctions() {}

  /** Whether the library is there. */
  static boolean isThere() {
    return FAILURE == null;
  }

  /** Makes sure that the library is there. */
  static void require() throws NativeUnavailableException {
    if (FAILURE != null) {
      throw FAILURE;
    }
  }

  private static void requireAbi(SymbolLookup library) throws NativeUnavailableException {
    MethodHandle abi = handle(library, "abi", FunctionDescriptor.of(JAVA_INT));
    int found;
    try {
      found = abi == null ? 0 : (int) abi.invokeExact();
    } catch (Throwable t) {
      throw broken(t);
    }
    if (found != ABI) {
      throw new NativeUnavailableException(
          "the native library has interface %d, but this program wants %d; build both together"
              .formatted(found, ABI));
    }
  }

  /** A function of the library; without a library, a handle that is never called. */
  private static MethodHandle function(
      String name, @Nullable MemoryLayout result, MemoryLayout... arguments) {
    FunctionDescriptor type =
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments);
    MethodHandle handle = LIBRARY == null ? null : handle(LIBRARY, name, type);
    return handle == null ? java.lang.invoke.MethodHandles.empty(type.toMethodType()) : handle;
  }

  @SuppressWarnings("restricted") // calling our own C code is what this class is for
  private static @Nullable MethodHandle handle(
      SymbolLookup library, String name, FunctionDescriptor type) {
    return library
        .find("sirocco_" + name)
        .map(symbol -> Linker.nativeLinker().downcallHandle(symbol, type))
        .orElse(null);
  }

  private static IllegalStateException broken(Throwable cause) {
    return new IllegalStateException("a call into the native kernels failed", cause);
  }

  /** Whether the tier is in the library. */
  static boolean isCompiled(NativeTier tier) {
    return tierState(tier) > 0;
  }

  /** Whether the tier is in the library, and this CPU and operating system run it. */
  static boolean isUsable(NativeTier tier) {
    return tierState(tier) == 2;
  }

  private static int tierState(NativeTier tier) {
    try {
      return (int) TIER_STATE.invokeExact(tier.number());
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** The form of activations that weights of a type are multiplied with; 0: floats as they are. */
  static int form(NativeTier tier, DType type, Activations activations) {
    try {
      return (int) FORM.invokeExact(tier.number(), type.ggufId(), activations.planes());
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Bytes between prepared rows. */
  static long rowBytes(int form, Activations activations, int columns) {
    try {
      return (long) ROW_BYTES.invokeExact(form, activations.planes(), columns);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Prepares rows of {@code columns} floats. */
  static void prepare(
      NativeTier tier,
      int form,
      Activations activations,
      MemorySegment x,
      int rows,
      int columns,
      MemorySegment to,
      long toStride) {
    try {
      PREPARE.invokeExact(
          tier.number(),
          form,
          activations.planes(),
          x,
          (long) columns,
          rows,
          columns,
          to,
          toStride);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Neighbouring outputs that are computed together. */
  static int unitOutputs(NativeTier tier, DType type, boolean gated) {
    try {
      return (int) UNIT_OUTPUTS.invokeExact(tier.number(), type.ggufId(), gated ? 1 : 0);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Scratch memory that a thread needs for a product of {@code batch} rows. */
  static long scratchBytes(NativeTier tier, int batch) {
    try {
      return (long) SCRATCH_BYTES.invokeExact(tier.number(), batch);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Computes units of a product, a {@link NativeProducts} structure. */
  static void multiply(
      NativeTier tier, MemorySegment product, int firstUnit, int lastUnit, MemorySegment scratch) {
    try {
      MULTIPLY.invokeExact(tier.number(), product, firstUnit, lastUnit, scratch);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Scratch memory that a thread needs for attention. */
  static long attentionScratchBytes(NativeTier tier, int rows, int headDim) {
    try {
      return (long) ATTENTION_SCRATCH_BYTES.invokeExact(tier.number(), rows, headDim);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Computes items of an attention, a {@link NativeAttention} structure. */
  static void attend(
      NativeTier tier,
      MemorySegment attention,
      int firstItem,
      int lastItem,
      MemorySegment scratch) {
    try {
      ATTEND.invokeExact(tier.number(), attention, firstItem, lastItem, scratch);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** As {@link Kernels#rmsNorm}, for contiguous rows. */
  static void rmsNorm(
      NativeTier tier,
      MemorySegment x,
      MemorySegment weight,
      DType weightType,
      float eps,
      MemorySegment y,
      int rows,
      int columns) {
    try {
      RMS_NORM.invokeExact(tier.number(), x, weight, weightType.ggufId(), eps, y, rows, columns);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** As {@link Kernels#rope}, for contiguous rows. */
  static void rope(
      NativeTier tier,
      MemorySegment x,
      MemorySegment cosSin,
      int rows,
      int columns,
      int headDim,
      boolean interleaved) {
    try {
      ROPE.invokeExact(tier.number(), x, cosSin, rows, columns, headDim, interleaved ? 1 : 0);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Floats to half precision, to nearest, ties to even. */
  static void toHalf(NativeTier tier, MemorySegment x, MemorySegment to, long count) {
    try {
      TO_HALF.invokeExact(tier.number(), x, to, count);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** y += scale * x. */
  static void addScaled(
      NativeTier tier, MemorySegment x, float scale, MemorySegment y, long count) {
    try {
      ADD_SCALED.invokeExact(tier.number(), x, scale, y, count);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /**
   * Does {@code rounds} rounds of multiply-accumulates of a kind, or reads {@code memory} once.
   *
   * @return how many multiply-accumulates, or bytes; 0 if the tier has no such instruction
   */
  static double limit(NativeTier tier, int kind, long rounds, MemorySegment memory) {
    try {
      return (double) LIMIT.invokeExact(tier.number(), kind, rounds, memory, memory.byteSize());
    } catch (Throwable t) {
      throw broken(t);
    }
  }
}

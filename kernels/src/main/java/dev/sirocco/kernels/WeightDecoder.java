package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.BYTES;
import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.INTS;
import static dev.sirocco.kernels.VectorWidth.LANES;
import static dev.sirocco.kernels.VectorWidth.SHORTS;

import dev.sirocco.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Stored weights to floats, bit-equal to {@link dev.sirocco.tensor.Dequantizer}, in vectors. Holds
 * scratch memory: one instance for each thread.
 */
final class WeightDecoder {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT = SmallBlockCodes.SHORT;
  private static final int PIECE = 1024;

  private final BlockCodes.Unpacked unpacked = new BlockCodes.Unpacked();
  private final short[] shorts = new short[PIECE];

  /** Writes {@code count} elements, whole blocks, from byte {@code offset} of the source on. */
  void decode(DType type, MemorySegment source, long offset, float[] target, int at, int count) {
    switch (type) {
      case F32 -> MemorySegment.copy(source, FLOAT, offset, target, at, count);
      case F16, BF16 -> {
        for (int done = 0; done < count; done += PIECE) {
          int piece = Math.min(PIECE, count - done);
          MemorySegment.copy(source, SHORT, offset + 2L * done, shorts, 0, piece);
          if (type == DType.F16) {
            halves(shorts, target, at + done, piece);
          } else {
            bfloats(shorts, target, at + done, piece);
          }
        }
      }
      default -> blocks(type, source, offset, target, at, count);
    }
  }

  /** As {@link #decode}, with the elements of each block of Q8_0 as {@link ElementOrder#FOURS}. */
  static void decodeFours(MemorySegment source, long offset, float[] target, int at, int count) {
    long block = offset;
    for (int to = at; to < at + count; to += ElementOrder.GROUP) {
      float scale = SmallBlockCodes.half(source, block) * 0x1p-24f;
      IntVector codes =
          IntVector.fromMemorySegment(INTS, source, block + 2, ByteOrder.LITTLE_ENDIAN);
      scaledUpperBytes(codes.lanewise(VectorOperators.LSHL, 24), scale, target, to);
      scaledUpperBytes(codes.lanewise(VectorOperators.LSHL, 16), scale, target, to + LANES);
      scaledUpperBytes(codes.lanewise(VectorOperators.LSHL, 8), scale, target, to + 2 * LANES);
      scaledUpperBytes(codes, scale, target, to + 3 * LANES);
      block += DType.Q8_0.blockBytes();
    }
  }

  private static void scaledUpperBytes(IntVector codes, float scale, float[] target, int at) {
    FloatVector values = (FloatVector) codes.and(0xFF000000).convert(VectorOperators.I2F, 0);
    values.mul(scale).intoArray(target, at);
  }

  private void blocks(
      DType type, MemorySegment source, long offset, float[] target, int at, int count) {
    BlockCodes format = BlockCodes.of(type);
    int groupSize = BlockCodes.groupSize(type);
    int groups = type.blockSize() / groupSize;
    long block = offset;
    int end = at + count;
    for (int to = at; to < end; to += type.blockSize()) {
      format.unpack(source, block, unpacked);
      for (int group = 0; group < groups; group++) {
        scaled(
            unpacked.codes,
            group * groupSize,
            groupSize,
            unpacked.scales[group],
            unpacked.minima[group],
            target,
            to + group * groupSize);
      }
      block += type.blockBytes();
    }
  }

  /** target = scale * code - minimum. */
  private static void scaled(
      byte[] codes, int from, int count, float scale, float minimum, float[] target, int at) {
    for (int i = 0; i < count; i += BYTES.length()) {
      ByteVector code = ByteVector.fromArray(BYTES, codes, from + i);
      FloatVector first = (FloatVector) code.convertShape(VectorOperators.B2F, FLOATS, 0);
      first.mul(scale).sub(minimum).intoArray(target, at + i);
      if (BYTES.length() > LANES) {
        FloatVector second = (FloatVector) code.convertShape(VectorOperators.B2F, FLOATS, 1);
        second.mul(scale).sub(minimum).intoArray(target, at + i + LANES);
      }
    }
  }

  /** The compiler turns this loop into vector instructions. */
  private static void halves(short[] source, float[] target, int at, int count) {
    for (int i = 0; i < count; i++) {
      target[at + i] = Float.float16ToFloat(source[i]);
    }
  }

  private static void bfloats(short[] source, float[] target, int at, int count) {
    int whole = SHORTS.loopBound(count);
    for (int i = 0; i < whole; i += LANES) {
      ShortVector.fromArray(SHORTS, source, i)
          .convertShape(VectorOperators.S2I, INTS, 0)
          .reinterpretAsInts()
          .lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(target, at + i);
    }
    for (int i = whole; i < count; i++) {
      target[at + i] = Float.intBitsToFloat(source[i] << 16);
    }
  }
}

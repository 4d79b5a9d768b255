package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** What the Vector API reaches at most in 32-bit multiply-adds and in reading. */
final class VectorLimits implements MachineLimits.Work {

  private static final int FP32 = 0;
  private static final int READ = 4;
  private static final int SUMS = 8;

  /** No sum becomes this; compared with it, sums are computed. */
  private static final float NEVER = -1e30f;

  @Override
  public double run(int kind, long rounds, MemorySegment memory) {
    return switch (kind) {
      case FP32 -> multiply(rounds);
      case READ -> read(memory);
      default -> 0;
    };
  }

  private static double multiply(long rounds) {
    FloatVector x = FloatVector.broadcast(VectorWidth.FLOATS, 0.999f);
    FloatVector a = FloatVector.zero(VectorWidth.FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector f = a;
    FloatVector g = a;
    FloatVector h = a;
    for (long r = 0; r < rounds; r++) {
      a = a.fma(x, x);
      b = b.fma(x, x);
      c = c.fma(x, x);
      d = d.fma(x, x);
      e = e.fma(x, x);
      f = f.fma(x, x);
      g = g.fma(x, x);
      h = h.fma(x, x);
    }
    float sum = a.add(b).add(c.add(d)).add(e.add(f).add(g.add(h))).lane(0);
    return sum == NEVER ? 0 : (double) rounds * SUMS * VectorWidth.LANES;
  }

  private static double read(MemorySegment memory) {
    int step = VectorWidth.BITS / 8;
    IntVector a = IntVector.zero(VectorWidth.INTS);
    IntVector b = a;
    long at = 0;
    for (; at + 2L * step <= memory.byteSize(); at += 2L * step) {
      a = a.or(ints(memory, at));
      b = b.or(ints(memory, at + step));
    }
    return a.or(b).lane(0) == 0 ? 0 : (double) at;
  }

  private static IntVector ints(MemorySegment memory, long at) {
    return IntVector.fromMemorySegment(VectorWidth.INTS, memory, at, ByteOrder.nativeOrder());
  }
}

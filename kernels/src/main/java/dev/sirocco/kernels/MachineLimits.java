package dev.sirocco.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What this machine could do at most, measured by loops that do nothing else: prefill is bound by
 * multiply-accumulates, decoding one sequence by reading the weights.
 *
 * @param instructions what was used, such as {@code avx2} or {@code vector}
 * @param threads threads that worked at once
 * @param fp32 32-bit multiply-accumulates a second
 * @param bf16 bfloat16 multiply-accumulates a second; empty without instructions for them
 * @param int8 8-bit multiply-accumulates a second; empty without instructions for them
 * @param int4 the same where weights have 4 bits; empty without instructions for them
 * @param read bytes a second read from memory
 */
public record MachineLimits(
    String instructions,
    int threads,
    double fp32,
    OptionalDouble bf16,
    OptionalDouble int8,
    OptionalDouble int4,
    double read) {

  private static final int FP32 = 0;
  private static final int BF16 = 1;
  private static final int INT8 = 2;
  private static final int INT4 = 3;
  private static final int READ = 4;

  /** More than caches hold. */
  private static final long BYTES = 512L << 20;

  private static final int REPETITIONS = 3;
  private static final int READS = 8;
  private static final double SECONDS = 0.08;

  /** One thread's work of a kind: what {@code limits.c} does. */
  interface Work {
    /** Does it; returns how much, 0 if it cannot be done. */
    double run(int kind, long rounds, MemorySegment memory);
  }

  /**
   * Measures for about two seconds.
   *
   * @param threads threads that work at once, 1 or more
   * @return empty where neither the C library nor the Vector API is there
   */
  public static Optional<MachineLimits> measure(int threads) {
    NativeTier tier;
    try {
      tier = NativeKernels.pickTier();
    } catch (NativeUnavailableException e) {
      return KernelSelection.vectorModuleIsThere()
          ? Optional.of(measure("vector", threads, new VectorLimits()))
          : Optional.empty();
    }
    return Optional.of(
        measure(
            tier.optionName(),
            threads,
            (kind, rounds, memory) -> NativeFunctions.limit(tier, kind, rounds, memory)));
  }

  private static MachineLimits measure(String instructions, int threads, Work work) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(BYTES, 4096).fill((byte) 1);
      return new MachineLimits(
          instructions,
          threads,
          perSecond(work, FP32, threads, memory).orElse(0),
          perSecond(work, BF16, threads, memory),
          perSecond(work, INT8, threads, memory),
          perSecond(work, INT4, threads, memory),
          perSecond(work, READ, threads, memory).orElse(0));
    }
  }

  /** The best of some repetitions. */
  private static OptionalDouble perSecond(Work work, int kind, int threads, MemorySegment memory) {
    long rounds = roundsFor(SECONDS, work, kind, memory);
    double best = 0;
    int repetitions = kind == READ ? READS : REPETITIONS;
    for (int i = 0; rounds > 0 && i < repetitions; i++) {
      best = Math.max(best, together(work, kind, rounds, threads, memory));
    }
    return best > 0 ? OptionalDouble.of(best) : OptionalDouble.empty();
  }

  /** How many rounds one thread needs for some seconds; 0 if it cannot do the work. */
  private static long roundsFor(double seconds, Work work, int kind, MemorySegment memory) {
    if (kind == READ) {
      return 1;
    }
    for (long rounds = 1L << 16; ; rounds *= 2) {
      long start = System.nanoTime();
      if (work.run(kind, rounds, memory) == 0) {
        return 0;
      }
      double took = (System.nanoTime() - start) / 1e9;
      if (took > seconds / 8) {
        return Math.max(1, Math.round(rounds * seconds / took));
      }
    }
  }

  /** Work of all threads by the time of the slowest. */
  private static double together(
      Work work, int kind, long rounds, int threads, MemorySegment memory) {
    double[] done = new double[threads];
    double[] seconds = new double[threads];
    Thread[] workers = new Thread[threads];
    long share = memory.byteSize() / threads / 4096 * 4096;
    for (int i = 0; i < threads; i++) {
      int id = i;
      MemorySegment part = memory.asSlice(id * share, share);
      workers[i] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    long from = System.nanoTime();
                    done[id] = work.run(kind, rounds, part);
                    seconds[id] = (System.nanoTime() - from) / 1e9;
                  });
    }
    double total = 0;
    double slowest = 0;
    for (int i = 0; i < threads; i++) {
      join(workers[i]);
      total += done[i];
      slowest = Math.max(slowest, seconds[i]);
    }
    return slowest > 0 ? total / slowest : 0;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the measurement was interrupted", e);
    }
  }
}

package dev.sirocco.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory outside the Java heap that grows to the largest size asked for; freed when it is no longer
 * reachable.
 */
final class NativeMemory {

  /** Bytes between the parts of two threads, so that none share a cache line. */
  private static final int APART = 128;

  private MemorySegment memory = Arena.ofAuto().allocate(APART, APART);

  /**
   * At least {@code bytes} bytes, aligned to 64; what an earlier call gave may be another place.
   */
  MemorySegment atLeast(long bytes) {
    if (memory.byteSize() < bytes) {
      memory = Arena.ofAuto().allocate(bytes + bytes / 4, APART);
    }
    return memory;
  }

  /** Bytes from one thread's part to the next one's, for parts of {@code bytes}. */
  static long apart(long bytes) {
    return (bytes + APART - 1) / APART * APART + APART;
  }
}

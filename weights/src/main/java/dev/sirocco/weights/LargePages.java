package dev.sirocco.weights;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Asks Linux to read mapped files in large pages, 2 MB on x86.
 *
 * <p>Weights are read from end to end for each token, as fast as memory gives them: with fast
 * memory and fast kernels, a third slower in pages of 4 KB. Which pages a file is kept in is
 * settled when it comes from the disk. Threads that read several places of it at a time get small
 * ones, unless the mapping asks for large ones.
 *
 * <p>It is advice: where the kernel or the file system has no large pages for files, or the program
 * may not or cannot call native functions, nothing happens. A file that the operating system has
 * already read stays in the pages it is in.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/madvise.2.html">madvise(2)</a>
 */
final class LargePages {

  private static final int MADV_HUGEPAGE = 14;

  /** Address, length and advice; the length is a number of 64 bits. */
  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

  private static final @Nullable MethodHandle MADVISE = madvise();

  private LargePages() {}

  @SuppressWarnings("restricted") // only with native access, and a function of the C library
  private static @Nullable MethodHandle madvise() {
    if (!System.getProperty("os.name").equals("Linux")
        || !LargePages.class.getModule().isNativeAccessEnabled()) {
      return null;
    }
    try {
      Linker linker = Linker.nativeLinker();
      if (!(linker.canonicalLayouts().get("size_t") instanceof ValueLayout.OfLong)) {
        return null;
      }
      return linker
          .defaultLookup()
          .find("madvise")
          .map(function -> linker.downcallHandle(function, TYPE))
          .orElse(null);
    } catch (UnsupportedOperationException e) {
      return null; // a JVM that has no linker
    }
  }

  /**
   * Asks for large pages of a mapping, from its beginning; before it is read for the first time.
   */
  static void advise(MemorySegment mapping) {
    if (MADVISE == null) {
      return;
    }
    try {
      int _ = (int) MADVISE.invokeExact(mapping, mapping.byteSize(), MADV_HUGEPAGE);
    } catch (Throwable t) {
      throw new IllegalStateException("a call of madvise failed", t);
    }
  }
}

package dev.sirocco.kernels;

/**
 * Where the elements of Java's arrays lie among the lines of the CPU's cache.
 *
 * <p>A vector of 512 bits that lies across two lines takes two loads. An array's elements follow 16
 * bytes of header (unless {@code -XX:+UseCompactObjectHeaders} makes it shorter), so if objects
 * begin at lines ({@code -XX:ObjectAlignmentInBytes=64}, as with our launcher), elements do from
 * those on that are named here. Where they lie elsewhere, results are the same, and only take
 * longer. Scratch memory for tiles, whose loops are bound by loads, leaves out the elements before.
 */
final class CacheLines {

  private static final int LINE = 64;
  private static final int HEADER = 16;

  /** The first element of an array of floats that begins a line. */
  static final int FIRST_FLOAT = (LINE - HEADER) / Float.BYTES;

  /** The first element of an array of ints that begins a line. */
  static final int FIRST_INT = (LINE - HEADER) / Integer.BYTES;

  /** The first element of an array of shorts that begins a line. */
  static final int FIRST_SHORT = (LINE - HEADER) / Short.BYTES;

  private CacheLines() {}
}

package dev.sirocco.kernels;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The width of all vectors, fixed when this class loads: the compiler turns vector operations into
 * single instructions only where the species is a constant.
 *
 * <p>It is the widest that the CPU offers, up to 512 bits, or what the system property {@value
 * #PROPERTY} says.
 */
final class VectorWidth {

  /** 512, 256 or 128. */
  static final String PROPERTY = "sirocco.vector.bits";

  /** Bits of a vector. */
  static final int BITS = bits();

  static final VectorSpecies<Float> FLOATS = VectorShape.forBitSize(BITS).withLanes(float.class);
  static final VectorSpecies<Integer> INTS = VectorShape.forBitSize(BITS).withLanes(int.class);

  /** As many 16-bit numbers as a vector has floats. */
  static final VectorSpecies<Short> SHORTS =
      VectorShape.forBitSize(BITS / 2).withLanes(short.class);

  /** As many bytes as a vector has floats, but at least 8. */
  static final VectorSpecies<Byte> BYTES =
      BITS == 512 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  /** Floats in a vector. */
  static final int LANES = BITS / Float.SIZE;

  private VectorWidth() {}

  /** {@code elements} rounded up to whole vectors. */
  static int padded(int elements) {
    return Math.addExact(elements, LANES - 1) / LANES * LANES;
  }

  private static int bits() {
    int widest = Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize());
    String asked = System.getProperty(PROPERTY);
    if (asked == null) {
      return Math.max(128, widest);
    }
    return switch (asked) {
      case "512", "256", "128" -> Integer.parseInt(asked);
      default ->
          throw new IllegalArgumentException(
              "-D%s must be 512, 256 or 128, but is %s".formatted(PROPERTY, asked));
    };
  }
}

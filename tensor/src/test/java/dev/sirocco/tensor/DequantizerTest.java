package dev.sirocco.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Against vectors computed by the {@code gguf} Python package: {@code TYPE.blocks} holds random
 * blocks, some with extreme scales, followed by their values as 32-bit floats.
 */
class DequantizerTest {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @ParameterizedTest
  @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "F32")
  void valuesAreBitEqualToTheFormatsDefinition(DType type) {
    byte[] file = resource(type + ".blocks");
    int blocks = file.length / (type.blockBytes() + 4 * type.blockSize());
    int count = blocks * type.blockSize();
    float[] expected = new float[count];
    MemorySegment.copy(
        MemorySegment.ofArray(file), FLOAT, (long) blocks * type.blockBytes(), expected, 0, count);

    float[] actual = new float[count];
    Dequantizer.dequantize(type, MemorySegment.ofArray(file), 0, actual, 0, count);

    assertThat(count).isGreaterThanOrEqualTo(96);
    assertThat(bits(actual)).isEqualTo(bits(expected));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void aPartDecodesToTheSameValuesAsTheWhole(DType type) {
    byte[] bytes = new byte[5 * type.blockBytes() + 3];
    new Random(11).nextBytes(bytes);
    MemorySegment source = MemorySegment.ofArray(bytes);
    int size = type.blockSize();
    float[] whole = new float[5 * size];
    Dequantizer.dequantize(type, source, 3, whole, 0, whole.length);

    float[] part = new float[2 + 2 * size];
    Dequantizer.dequantize(type, source, 3 + 2L * type.blockBytes(), part, 2, 2 * size);

    assertThat(Arrays.copyOfRange(part, 2, part.length))
        .isEqualTo(Arrays.copyOfRange(whole, 2 * size, 4 * size));
  }

  @Test
  void plainFloatsAreCopied() {
    float[] values = {0f, -0f, 1.5f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NEGATIVE_INFINITY};
    MemorySegment source = MemorySegment.ofArray(new byte[4 * values.length]);
    MemorySegment.copy(values, 0, source, FLOAT, 0, values.length);
    float[] actual = new float[values.length];
    Dequantizer.dequantize(DType.F32, source, 0, actual, 0, values.length);
    assertThat(bits(actual)).isEqualTo(bits(values));
  }

  @Test
  void aCountThatIsNotWholeBlocksIsRefused() {
    MemorySegment source = MemorySegment.ofArray(new byte[64]);
    assertThatThrownBy(() -> Dequantizer.dequantize(DType.Q4_0, source, 0, new float[40], 0, 40))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a row of 40 elements does not consist of whole Q4_0 blocks of 32");
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static byte[] resource(String name) {
    try (InputStream in = DequantizerTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {

  @TempDir Path folder;

  private static byte[] file(long headerLength, String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[8 + json.length + dataBytes];
    ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(headerLength).put(json);
    return all;
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("raw.safetensors"), bytes);
  }

  private void assertRefused(byte[] bytes, String... parts) throws IOException {
    Path path = write(bytes);
    assertThatThrownBy(() -> SafetensorsFile.open(path).close())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContainingAll(parts);
  }

  @Test
  void interleavedRowsAreReadBackInOrder() throws IOException {
    Path path = folder.resolve("logits.safetensors");
    List<SafetensorsWriter.Array> arrays =
        List.of(
            SafetensorsWriter.Array.floats("logits", 3, 2),
            SafetensorsWriter.Array.floats("router_logits.0", 3, 1),
            new SafetensorsWriter.Array("half", DType.BF16, List.of(5L)));
    Tensor half = TinyFiles.tensor("half", DType.BF16, 5);
    try (SafetensorsWriter writer = SafetensorsWriter.create(path, arrays, Map.of("by", "é"));
        Arena arena = Arena.ofConfined()) {
      writer.append("logits", FloatMatrix.of(arena, new float[] {1, 2}, new float[] {3, 4}));
      writer.append("router_logits.0", new float[] {7, 8});
      writer.append("half", half);
      writer.append("logits", new float[] {5, 6});
      writer.append("router_logits.0", new float[] {9});
      assertThat(path).doesNotExist();
      writer.finish();
    }
    assertThat(folder.toFile().list()).containsExactly("logits.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.path()).isEqualTo(path);
      assertThat(file.metadata()).isEqualTo(Map.of("by", "é"));
      assertThat(file.arrays().keySet()).containsExactly("logits", "router_logits.0", "half");
      assertThat(floats(file, "logits")).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(file.tensor("logits").hasShape(3, 2)).isTrue();
      assertThat(floats(file, "router_logits.0")).containsExactly(7, 8, 9);
      assertThat(file.tensor("half").data().mismatch(half.data())).isEqualTo(-1);
      assertThat(file.tensor("logits").data().address() % 8).isZero();
    }
  }

  private static float[] floats(SafetensorsFile file, String name) {
    return file.tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  @Test
  void arraysLargerThanTheBufferAreWrittenWhole() throws IOException {
    float[] values = new float[700_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Path path = folder.resolve("large.safetensors");
    List<SafetensorsWriter.Array> arrays =
        List.of(SafetensorsWriter.Array.floats("a", values.length));
    try (SafetensorsWriter writer = SafetensorsWriter.create(path, arrays)) {
      writer.append("a", values);
      writer.finish();
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(floats(file, "a")).isEqualTo(values);
    }
  }

  @Test
  void anUnfinishedFileLeavesNothingBehind() throws IOException {
    Path path = folder.resolve("unfinished.safetensors");
    List<SafetensorsWriter.Array> arrays = List.of(SafetensorsWriter.Array.floats("a", 4));
    try (SafetensorsWriter writer = SafetensorsWriter.create(path, arrays)) {
      writer.append("a", new float[] {1});
      assertThatThrownBy(writer::finish)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("array a lacks its last 12 bytes");
      assertThatThrownBy(() -> writer.append("a", new float[4]))
          .hasMessage("array a has room for 12 more bytes, but 16 are appended");
      assertThatThrownBy(() -> writer.append("b", new float[4]))
          .hasMessage("no F32 array named b was declared");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void arraysThatTheFormatCannotHoldAreRefused() {
    assertThatThrownBy(() -> new SafetensorsWriter.Array("q", DType.Q4_0, List.of(32L)))
        .hasMessage("q: safetensors files hold F32, F16 or BF16, not Q4_0");
    SafetensorsWriter.Array a = SafetensorsWriter.Array.floats("a", 1);
    assertThatThrownBy(() -> SafetensorsWriter.create(folder.resolve("x"), List.of(a, a)))
        .hasMessage("two arrays are named a");
  }

  @Test
  void arraysOfOtherTypesOpenButAreNoWeights() throws IOException {
    String header =
        """
        {"ids":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},
         "scalar":{"dtype":"F64","shape":[],"data_offsets":[16,24]},
         "none":{"dtype":"F32","shape":[0,3],"data_offsets":[24,24]}}""";
    Path path = write(file(header.length(), header, 24));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.array("ids").integers()).containsExactly(0, 0);
      assertThatThrownBy(() -> file.tensor("ids"))
          .hasMessage(
              path
                  + ": tensor ids has type I64, but weights must be F32, F16 or BF16; convert the model");
      assertThatThrownBy(() -> file.tensor("none"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(path + ": tensor none: shape [0, 3] has a dimension below 1");
      assertThatThrownBy(() -> file.array("scalar").integers())
          .isInstanceOf(ModelFormatException.class);
      assertThatThrownBy(() -> file.array("absent"))
          .hasMessage(path + ": has no tensor absent; it has 3 others");
    }
  }

  static Stream<Arguments> badEntries() {
    return Stream.of(
        bad(entry("F32", "[2]", "[0,8]") + "x", "bad JSON"),
        bad("[]", "must hold one JSON object, but holds an array"),
        bad("{\"a\":1}", "a must be a JSON object, but is 1"),
        bad("{\"a\":null}", "a is missing; a JSON object is wanted"),
        bad("{\"a\":{}}", "a.dtype is missing; a type name is wanted"),
        bad("{\"a\":{\"dtype\":7}}", "a.dtype must be a string, but is 7"),
        bad("{\"a\":{\"dtype\":\"F32\"}}", "a.shape is missing; an array of integers is wanted"),
        bad(
            "{" + body("F32", "[1]", "[0,4]") + "," + body("F32", "[1]", "[4,8]") + "}",
            "bad JSON: Duplicate"),
        bad(entry("F32", "[-2]", "[0,8]"), "a.shape must be an array of integers of 0 or more"),
        bad(entry("F32", "[2.5]", "[0,8]"), "a.shape must be an array of integers of 0 or more"),
        bad(entry("F32", "\"2\"", "[0,8]"), "a.shape must be an array of integers of 0 or more"),
        bad(
            entry("F32", "[9223372036854775807,9223372036854775807]", "[0,8]"),
            "more elements than memory can address"),
        bad(entry("F32", "[99999999999999999999]", "[0,8]"), "a.shape must be an array"),
        bad(entry("F32", "[1" + ",1".repeat(16) + "]", "[0,4]"), "at most 16 dimensions"),
        bad(entry("Q4", "[2]", "[0,8]"), "a.dtype must be a type of the safetensors format"),
        bad(entry("F32", "[2]", "[8,0]"), "a.data_offsets must be [begin, end]"),
        bad(entry("F32", "[2]", "[0]"), "a.data_offsets must be [begin, end]"),
        bad(entry("F32", "[2]", "[0,-8]"), "a.data_offsets must be an array of integers of 0"),
        bad(entry("F32", "[4]", "[0,16]"), "tensor a lies at bytes 0 to 16 of the tensor data"),
        bad(entry("F32", "[2]", "[9223372036854775799,9223372036854775807]"), "which has 8"),
        bad(entry("F32", "[3]", "[0,8]"), "takes 12 bytes, but its data_offsets span 8"),
        bad(entry("F32", "[1]", "[4,8]"), "begins at byte 4", "the header ends at 0"),
        bad(entry("F32", "[1]", "[0,4]"), "the tensors end at byte 4 of the tensor data"),
        bad(
            "{" + body("F32", "[2]", "[0,8]") + "," + body("F32", "[1]", "[4,8]", "b") + "}",
            "tensor b begins at byte 4",
            "tensor a ends at 8"),
        bad("{\"a\":" + "[".repeat(100_000), "bad JSON", "depth"),
        bad("{\"a\":\"\u0001\"}", "bad JSON"));
  }

  private static Arguments bad(String header, String... parts) {
    return Arguments.of(parts[0], header, parts);
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{" + body(dtype, shape, offsets) + "}";
  }

  private static String body(String dtype, String shape, String offsets, String... name) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name.length == 0 ? "a" : name[0], dtype, shape, offsets);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badEntries")
  void damageInTheHeaderIsNamed(String name, String header, String[] parts) throws IOException {
    assertRefused(file(header.length(), header, 8), parts);
  }

  @Test
  void damageOfTheHeaderLengthIsNamed() throws IOException {
    assertRefused(new byte[0], "has 0 bytes, but a safetensors file starts with 8");
    assertRefused(new byte[7], "truncated");
    assertRefused(file(0, "{}", 0), "the header should have 0 bytes, but 2 follow");
    assertRefused(file(3, "{}", 0), "the header should have 3 bytes, but 2 follow");
    assertRefused(file(-1, "{}", 0), "should have 18446744073709551615 bytes");
    assertRefused(file(Long.MAX_VALUE, "{}", 0), "should have 9223372036854775807 bytes");
    int large = (1 << 22) + 1;
    assertRefused(file(large, "{}", large), "Sirocco reads at most 4194304");
  }

  @Test
  void aFileCutAnywhereIsRefused() throws IOException {
    byte[] whole =
        Files.readAllBytes(
            TinyFiles.safetensors(
                folder.resolve("whole.safetensors"),
                List.of(
                    TinyFiles.tensor("a", DType.F32, 2, 3), TinyFiles.tensor("b", DType.F16, 4))));
    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length), "");
    }
  }
}

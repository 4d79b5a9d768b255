package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {

  @TempDir Path folder;

  private static Tensor tensor(GgufFile file, String name) {
    return Objects.requireNonNull(file.tensors().get(name), name);
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    Tensor written = TinyFiles.tensor("t", DType.Q4_0, 3, 64);
    Path path = folder.resolve("a.gguf");
    new GgufWriter()
        .string("name", "Größe")
        .uint32("count", -1)
        .float32("eps", 0.1f)
        .bool("flag", true)
        .strings("words", List.of("a", "", "ü"))
        .int32s("numbers", -3, 5)
        .float32s("scores", 1.5f, -2)
        .tensor(TinyFiles.tensor("before", DType.F16, 5))
        .tensor(written)
        .write(path);
    try (GgufFile file = GgufFile.open(path)) {
      GgufMetadata metadata = file.metadata();
      assertThat(metadata.keys())
          .containsExactly("name", "count", "eps", "flag", "words", "numbers", "scores");
      assertThat(metadata.string("name")).contains("Größe");
      assertThat(metadata.integer("count")).contains(4_294_967_295L);
      assertThat(metadata.number("eps")).contains((double) 0.1f);
      assertThat(metadata.bool("flag")).contains(true);
      assertThat(metadata.strings("words")).contains(List.of("a", "", "ü"));
      assertThat(metadata.integers("numbers").orElseThrow()).containsExactly(-3, 5);
      assertThat(metadata.floats("scores").orElseThrow()).containsExactly(1.5f, -2);
      assertThat(metadata.string("absent")).isEmpty();
      assertThat(metadata.describe("absent")).isEqualTo("(absent)");
      assertThat(metadata.describe("words")).isEqualTo("[a, , ü]");
      Tensor read = tensor(file, "t");
      assertThat(read.shape()).containsExactly(3L, 64L);
      assertThat(read.data().mismatch(written.data())).isEqualTo(-1);
      assertThat(file.paths()).containsExactly(path);
    }
  }

  @Test
  void integersOfEveryWidthAreRead() {
    Path path =
        RawGguf.header(2, 0, 8)
            .key("u8", 0)
            .u8(255)
            .key("i8", 1)
            .u8(255)
            .key("u16", 2)
            .u16(65_535)
            .key("i16", 3)
            .u16(65_535)
            .key("u32", 4)
            .u32(-1)
            .key("i32", 5)
            .u32(-1)
            .key("u64", 10)
            .u64(1L << 62)
            .key("i64", 11)
            .u64(-1)
            .write(folder);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.version()).isEqualTo(2);
      assertThat(file.metadata().keys().stream().map(k -> file.metadata().integer(k).orElseThrow()))
          .containsExactly(255L, -1L, 65_535L, -1L, 4_294_967_295L, -1L, 1L << 62, -1L);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 64, 4096})
  void tensorsLieAtTheDeclaredAlignment(int alignment) {
    Path path =
        RawGguf.header(3, 1, 1)
            .key("general.alignment", 4)
            .u32(alignment)
            .tensor("t", 0, 0, 2)
            .data(alignment, 0)
            .u32(Float.floatToIntBits(1.5f))
            .u32(Float.floatToIntBits(-2))
            .write(folder);
    try (GgufFile file = GgufFile.open(path)) {
      ValueLayout.OfFloat layout = ValueLayout.JAVA_FLOAT_UNALIGNED;
      assertThat(tensor(file, "t").data().toArray(layout)).containsExactly(1.5f, -2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "string,name,a STRING",
    "integer,name,an integer",
    "number,name,a number",
    "bool,name,a BOOL",
    "strings,name,an array of STRING",
    "integers,name,an array of integers",
    "floats,name,an array of floats"
  })
  void aValueOfAnotherTypeIsNamed(String getter, String key, String wanted) throws IOException {
    Path path = folder.resolve("a.gguf");
    GgufWriter writer = new GgufWriter();
    (getter.equals("string") ? writer.uint32(key, 1) : writer.string(key, "x")).write(path);
    String found = getter.equals("string") ? "UINT32" : "STRING";
    try (GgufFile file = GgufFile.open(path)) {
      GgufMetadata m = file.metadata();
      assertThatThrownBy(
              () -> {
                switch (getter) {
                  case "string" -> m.string(key);
                  case "integer" -> m.integer(key);
                  case "number" -> m.number(key);
                  case "bool" -> m.bool(key);
                  case "strings" -> m.strings(key);
                  case "integers" -> m.integers(key);
                  default -> m.floats(key);
                }
              })
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(
              path + ": metadata key name must be " + wanted + ", but is " + found + ";");
    }
  }

  @Test
  void anUnsignedValueBeyondLongIsRefusedWhenAskedFor() {
    Path path = RawGguf.header(3, 0, 1).key("big", 10).u64(-1).write(folder);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.metadata().describe("big")).isEqualTo("18446744073709551615");
      assertThatThrownBy(() -> file.metadata().integer("big"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("big is 18446744073709551615, but must be below 2^63");
    }
  }

  @Test
  void tensorsBeyondTwoGibibytesAreReached() throws IOException {
    long columns = 1L << 30;
    Path path =
        RawGguf.header(3, 2, 0)
            .tensor("large", 1, 0, columns)
            .tensor("behind", 0, 2 * columns, 2)
            .data(32, 0)
            .write(folder);
    long dataStart = Files.size(path);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(dataStart + 2 * columns + 8);
      sparse.seek(dataStart + 2 * columns + 4);
      sparse.writeInt(Integer.reverseBytes(Float.floatToIntBits(42)));
    }
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(tensor(file, "behind").data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4))
          .isEqualTo(42);
    }
  }

  @Test
  void aClosedFileCannotBeRead() throws IOException {
    Path path = TinyFiles.write(TinyFiles.dense(), folder);
    GgufFile file = GgufFile.open(path);
    Tensor norm = tensor(file, "output_norm.weight");
    file.close();
    file.close();
    assertThatThrownBy(() -> norm.data().get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aChangedFileIsNoticed() throws IOException {
    Path path = TinyFiles.write(TinyFiles.dense(), folder);
    try (ModelFiles model = ModelFiles.open(path)) {
      model.verifyUnchanged();
      Files.write(path, new byte[3], StandardOpenOption.APPEND);
      assertThatThrownBy(model::verifyUnchanged)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(path + ": the file changed since it was opened")
          .hasMessageEndingWith("open the model again");
      Files.delete(path);
      assertThatThrownBy(model::verifyUnchanged)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("the file is gone since it was opened");
    }
  }

  @Test
  void aSplitModelOpensFromAnyShard() throws IOException {
    List<Path> shards = TinyFiles.mergedMixture().writeShards(folder, "tiny", 3);
    Path whole = TinyFiles.write(TinyFiles.mergedMixture(), folder);
    try (ModelFiles expected = ModelFiles.open(whole)) {
      for (Path shard : shards) {
        try (ModelFiles model = ModelFiles.open(shard)) {
          assertThat(model.config()).isEqualTo(expected.config());
          assertThat(model.weightBytes()).isEqualTo(expected.weightBytes());
          for (String name : List.of(TensorNames.OUTPUT, TensorNames.expert(0, 1, "w2"))) {
            assertThat(model.tensor(name).data().mismatch(expected.tensor(name).data()))
                .isEqualTo(-1);
          }
        }
        try (GgufFile file = GgufFile.open(shard)) {
          assertThat(file.paths()).isEqualTo(shards);
          assertThat(file.metadata().strings("tokenizer.ggml.tokens")).isPresent();
        }
      }
    }
  }
}

package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sirocco.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged GGUF files are refused with a message that says what, where and what to do. */
class BadGgufTest {

  private static final long HUGE = Long.MAX_VALUE;

  @TempDir Path folder;

  private void assertRefused(Path path, String... parts) {
    assertThatThrownBy(() -> GgufFile.open(path).close())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(path + ": ")
        .hasMessageContainingAll(parts);
  }

  static Stream<Arguments> damagedFiles() {
    RawGguf big = RawGguf.header(3, 1, 0);
    return Stream.of(
        bad(new RawGguf().ascii("GGML").u32(3), "it starts with bytes 47 47 4d 4c instead of"),
        bad(RawGguf.header(0, 0, 0), "GGUF version 0, but Sirocco reads versions 2 and 3"),
        bad(RawGguf.header(1, 0, 0), "GGUF version 1,", "convert the model again"),
        bad(RawGguf.header(4, 0, 0), "GGUF version 4,"),
        bad(RawGguf.header(-1, 0, 0), "GGUF version 4294967295,"),
        bad(RawGguf.header(3 << 24, 0, 0), "(a big-endian file)"),
        bad(RawGguf.header(3, -1, 0), "declares 18446744073709551615 tensors, but only 8 bytes"),
        bad(RawGguf.header(3, HUGE, 0), "declares 9223372036854775807 tensors"),
        bad(RawGguf.header(3, 0, -1), "declares 18446744073709551615 metadata entries"),
        bad(RawGguf.header(3, 0, 1), "declares 1 metadata entries, but only 0 bytes follow"),
        bad(entry().u64(-1).data(1, 40), "18446744073709551615 bytes of the key of metadata entry"),
        bad(entry().string("").u32(0).data(1, 40), "the key of metadata entry 0 is empty"),
        bad(entry().key("k", 13).data(1, 40), "the type of metadata key k is 13, but types are 0"),
        bad(entry().key("k", -1).data(1, 40), "the type of metadata key k is 4294967295"),
        bad(entry().key("k", 7).u8(2).u64(0), "metadata key k must be 0 or 1 (BOOL), but is 2"),
        bad(entry().key("k", 8).u64(HUGE), "9223372036854775807 bytes of the value of metadata"),
        bad(entry().key("k", 9).u32(9).u64(1).u64(0), "metadata key k is an array of arrays"),
        bad(entry().key("k", 9).u32(99).u64(0), "element type of metadata key k is 99"),
        bad(entry().key("k", 9).u32(4).u64(-1), "18446744073709551615 elements of metadata key k"),
        bad(entry().key("k", 9).u32(10).u64(1L << 61), "2305843009213693952 elements"),
        bad(entry().key("k", 9).u32(8).u64(1).u64(9), "9 bytes of the value of metadata key k"),
        bad(
            RawGguf.header(3, 0, 2).key("k", 0).u8(1).key("k", 0).u8(1),
            "metadata key k appears twice"),
        bad(alignment(4, 0), "general.alignment is 0, but must be a power of two"),
        bad(alignment(4, 24), "general.alignment is 24,"),
        bad(alignment(5, -32), "general.alignment is -32,"),
        bad(alignment(4, 1 << 21), "general.alignment is 2097152,"),
        bad(alignment(6, 32), "general.alignment must be an integer, but is FLOAT32"),
        bad(tensor("", 0, 0, 4), "the name of tensor 0 is empty"),
        bad(tensor("t", 0, 0), "tensor t has 0 dimensions, but must have 1 to 4"),
        bad(tensor("t", 0, 0, 1, 1, 1, 1, 1), "tensor t has 5 dimensions"),
        bad(tensor("t", 0, 0, 0), "tensor t: shape [0] has a dimension below 1"),
        bad(tensor("t", 0, 0, 4, -2), "tensor t: shape [-2, 4] has a dimension below 1"),
        bad(tensor("t", 0, 0, HUGE, HUGE), "more elements than memory can address"),
        bad(tensor("t", 0, 0, HUGE), "more elements than memory can address"),
        bad(tensor("t", 2, 0, 33), "rows of 33 elements are not whole Q4_0 blocks of 32"),
        bad(tensor("t", 12, 0, 128, 2), "rows of 128 elements are not whole Q4_K blocks of 256"),
        bad(tensor("t", 4, 0, 32), "tensor t: unknown tensor type 4; Sirocco reads F32, F16, Q4_0"),
        bad(tensor("t", 19, 0, 256), "unknown tensor type 19", "convert or quantise"),
        bad(tensor("t", -1, 0, 256), "unknown tensor type -1"),
        bad(tensor("t", 0, -32, 4), "tensor t has offset 18446744073709551584, but offsets must"),
        bad(tensor("t", 0, 8, 4), "tensor t has offset 8, but offsets must be multiples of the"),
        bad(tensor("t", 0, 64, 4), "tensor t lies at bytes 64 to 80 of the tensor data"),
        bad(tensor("t", 0, HUGE - 31, 64), "tensor t lies at bytes 9223372036854775776 to"),
        bad(
            big.tensor("t", 0, 0, 1L << 40).data(32, 64),
            "tensor t lies at bytes 0 to 4398046511104 of the tensor data, which has 64"),
        bad(
            RawGguf.header(3, 2, 0).tensor("a", 0, 0, 16).tensor("b", 0, 32, 4).data(32, 64),
            "tensor b at offset 32 overlaps tensor a, which ends at 64"),
        bad(
            RawGguf.header(3, 2, 0).tensor("a", 0, 0, 8).tensor("a", 0, 32, 8).data(32, 64),
            "tensor a appears twice"));
  }

  private static Arguments bad(RawGguf file, String... parts) {
    return Arguments.of(parts[0], file, parts);
  }

  private static RawGguf entry() {
    return RawGguf.header(3, 0, 1);
  }

  private static RawGguf alignment(int type, int value) {
    return entry().key("general.alignment", type).u32(value);
  }

  private static RawGguf tensor(String name, int type, long offset, long... dimensions) {
    return RawGguf.header(3, 1, 0).tensor(name, type, offset, dimensions).data(32, 64);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damagedFiles")
  void damageIsNamed(String name, RawGguf file, String[] parts) {
    assertRefused(file.write(folder), parts);
  }

  @Test
  void aFileCutAnywhereIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(TinyFiles.write(TinyFiles.mergedMixture(), folder));
    int tensorData = 2 * 64 * 18; // the last tensor, which ends the file
    Path cut = folder.resolve("cut.gguf");
    for (int length = 0; length < whole.length; length += length < 3000 ? 1 : 97) {
      Files.write(cut, Arrays.copyOf(whole, length));
      assertRefused(cut, "");
    }
    Files.write(cut, Arrays.copyOf(whole, whole.length - tensorData));
    assertRefused(cut, "tensor blk.0.ffn_up_exps.weight lies at bytes", "truncated or damaged");
  }

  @Test
  void emptyAbsentAndForeignPathsAreNamed() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.gguf"));
    assertRefused(empty, "the file ends inside the magic number", "truncated");
    assertRefused(folder.resolve("absent.gguf"), "no such file; check the path");
    assertRefused(folder, "is not a regular file; name a model file");
  }

  @Test
  void aFileWithoutReadPermissionIsNamed() throws IOException {
    Path path = TinyFiles.write(TinyFiles.dense(), folder);
    assumeTrue(path.toFile().setReadable(false, false) && !Files.isReadable(path));
    assertRefused(path, "cannot be read: permission denied; give the user who runs Sirocco");
  }

  @Test
  void aMissingShardIsNamed() throws IOException {
    List<Path> shards = TinyFiles.dense().writeShards(folder, "tiny", 3);
    Files.delete(shards.get(1));
    assertRefused(
        shards.get(2), "shard 2 of 3 is missing", "tiny-00002-of-00003.gguf: no such file");
  }

  @Test
  void aRepeatedShardIsNamed() throws IOException {
    List<Path> shards = TinyFiles.dense().writeShards(folder, "tiny", 3);
    Files.copy(shards.get(2), shards.get(1), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> GgufFile.open(shards.get(0)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(
            shards.get(1) + ": should be shard 2 of 3, but says it is shard 3 of 3")
        .hasMessageContaining("repeated or foreign");
  }

  @Test
  void aShardOfAnotherModelIsNamed() throws IOException {
    List<Path> shards = TinyFiles.dense().writeShards(folder, "tiny", 2);
    GgufWriter foreign =
        new GgufWriter()
            .uint32("split.no", 1)
            .uint32("split.count", 2)
            .tensor(TinyFiles.tensor("token_embd.weight", DType.F32, 2));
    foreign.write(shards.get(1));
    assertThatThrownBy(() -> GgufFile.open(shards.get(0)))
        .hasMessageContaining("tensor token_embd.weight is in an earlier shard too");
    foreign.without("token_embd.weight").write(shards.get(1));
    assertRefused(shards.get(0), "hold 6 tensors together, but metadata key split.tensors.count");
  }

  @Test
  void aRenamedShardIsNamed() throws IOException {
    List<Path> shards = TinyFiles.dense().writeShards(folder, "tiny", 2);
    Path renamed = Files.move(shards.get(0), folder.resolve("model.gguf"));
    assertRefused(renamed, "is one of 2 shards, but is not named like one");
    Path wrong = Files.move(renamed, folder.resolve("tiny-00001-of-00003.gguf"));
    assertRefused(wrong, "the name says shard 1 of 3, but metadata key split.count says 2 shards");
  }

  @Test
  void refusedFilesAreUnmapped() throws IOException {
    Path path = RawGguf.header(9, 0, 0).write(folder);
    assertRefused(path, "version 9");
    if (Files.isReadable(Path.of("/proc/self/maps"))) {
      assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
          .noneMatch(line -> line.endsWith(path.toString()));
    }
  }
}

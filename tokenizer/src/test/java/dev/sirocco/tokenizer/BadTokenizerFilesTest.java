package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.weights.ModelFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokenizer files that are cut, damaged or contradict themselves. */
class BadTokenizerFilesTest {

  @TempDir Path folder;

  private void assertRefused(byte[] bytes, String... reasons) throws IOException {
    Path file = Files.write(folder.resolve("tokenizer.model"), bytes);
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContainingAll(reasons);
  }

  private static void assertRefused(FakeGguf gguf, String reason) {
    assertThatThrownBy(gguf::load)
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("model.gguf: ")
        .hasMessageContaining(reason);
  }

  @Test
  void aCutSentencePieceModelIsRefusedUnlessOnlyWholePartsAreGone() throws IOException {
    byte[] whole = TinyFiles.sentencePiece();
    Path file = folder.resolve("tokenizer.model");
    int loaded = 0;
    for (int length = 0; length < whole.length; length += length < whole.length - 40 ? 11 : 1) {
      Files.write(file, Arrays.copyOf(whole, length));
      try {
        assertThat(Tokenizer.load(file).vocabSize()).isEqualTo(272);
        loaded++;
      } catch (ModelFormatException e) {
        assertThat(e).hasMessageContaining("tokenizer.model: ");
      }
    }
    assertThat(loaded).as("only the normalizer's part can be missing").isEqualTo(1);
  }

  @Test
  void aSentencePieceModelSaysWhatIsWrong() throws IOException {
    assertRefused(new byte[0], "found no pieces; wanted at least one");
    assertRefused(new byte[] {0x0A, 0x7F, 0}, "127 bytes wanted where 1 are left");
    assertRefused(
        new byte[] {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
        "field 1 of wire type 0; wanted a message");
    assertRefused(
        new byte[] {72, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}, "more than 10 bytes");
    assertRefused(new byte[] {0x0B}, "wire type 3; wanted a message");
    assertRefused(new byte[] {0}, "field number 0");
    assertRefused(with("x", 0, 9), "token 272 has type 9; wanted 1 (normal)");
    assertRefused(with("ab", 0, 1), "the pieces 260 and 272 are both 'ab'; wanted each once");
    assertRefused(with("", 0, 1), "piece 272 is empty; wanted some text");
    assertRefused(with("<0xZZ>", 0, 6), "token 272 is spelled '<0xZZ>'; wanted <0x00> to <0xFF>");
    assertRefused(with("x", Float.NaN, 1), "the score of token 272 is not a number");
    ByteArrayOutputStream unigram = new ByteArrayOutputStream();
    TinyFiles.piece(unigram, "a", 0, 1);
    assertRefused(unigram.toByteArray(), "model type 1; wanted 2 (byte-pair encoding)");
  }

  private static byte[] with(String piece, float score, int type) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(TinyFiles.sentencePiece());
    TinyFiles.piece(out, piece, score, type);
    return out.toByteArray();
  }

  @Test
  void aVocabularyInAGgufFileSaysWhatIsWrong() {
    assertRefused(
        FakeGguf.sentencePiece().without("ggml.model"), "tokenizer.ggml.model is missing");
    assertRefused(
        FakeGguf.sentencePiece().with("ggml.model", "bert"),
        "tokenizer.ggml.model is 'bert'; wanted 'llama' or 'gpt2'");
    assertRefused(
        FakeGguf.sentencePiece().without("ggml.tokens"), "tokenizer.ggml.tokens is missing");
    assertRefused(
        FakeGguf.sentencePiece().with("ggml.tokens", List.of()), "tokenizer.ggml.tokens is empty");
    assertRefused(
        FakeGguf.sentencePiece().with("ggml.scores", new float[3]),
        "tokenizer.ggml.scores has 3 values and tokenizer.ggml.tokens 7; wanted as many of each");
    assertRefused(
        FakeGguf.sentencePiece().without("ggml.scores"), "tokenizer.ggml.scores is missing");
    assertRefused(
        FakeGguf.sentencePiece().with("ggml.token_type", new long[8]),
        "tokenizer.ggml.token_type has 8 values and tokenizer.ggml.tokens 7");
    assertRefused(
        FakeGguf.sentencePiece().with("ggml.token_type", new long[7]), "token 0 has type 0");
    assertRefused(
        FakeGguf.sentencePiece().with("ggml.bos_token_id", 7L),
        "tokenizer.ggml.bos_token_id is 7; wanted the id of a token, 0 to 6");
    assertRefused(FakeGguf.byteLevel().without("ggml.merges"), "tokenizer.ggml.merges is missing");
    assertRefused(
        FakeGguf.byteLevel().with("ggml.merges", List.of("ab")),
        "merge 0 is 'ab'; wanted two tokens with a space between");
    assertRefused(
        FakeGguf.byteLevel().with("ggml.merges", List.of("a b", "b a")),
        "merge 1 is of 'b' and 'a', but 'ba' is no token");
    assertRefused(
        FakeGguf.byteLevel().with("ggml.pre", "klingon"),
        "tokenizer.ggml.pre is 'klingon', a way to split words that Sirocco does not know; known");
  }

  @Test
  void aTekkenFileSaysWhatIsWrong() throws IOException {
    String good = TinyFiles.tekken();
    assertTekkenRefused("{\"config\": 3}", "config: found VALUE_NUMBER_INT; wanted an object");
    assertTekkenRefused("{\"vocab\": []}", "the file: found incomplete; wanted config.pattern");
    assertTekkenRefused(good.replace("\"rank\":7,", "\"rank\":8,"), "rank 8 of vocab: found twice");
    assertTekkenRefused(
        good.replace("\"rank\":7,", "\"rank\":700,"), "rank 7 of vocab: found nothing");
    assertTekkenRefused(
        good.replace("\"rank\":7,", "\"rank\":-7,"),
        "vocab[].rank: found -7; wanted 0 to 16777216");
    assertTekkenRefused(good.replace("\"rank\":7,", ""), "without rank or token_bytes");
    assertTekkenRefused(
        good.replace("\"Bw==\"", "\"!\""), "token_bytes of rank 7: found '!'; wanted Base64");
    assertTekkenRefused(good.replace("264", "9000"), "config.default_vocab_size: found 9000");
    assertTekkenRefused(good.replace("264", "true"), "found true; wanted an integer");
    assertTekkenRefused(good.substring(0, 900), "not a valid tekken file");
    assertTekkenRefused(
        good.substring(0, good.length() - 1) + ", \"image\": " + "[".repeat(100_000),
        "not a valid tekken file");
  }

  @Test
  void aPatternThatTriesTooManyWaysIsStopped() throws IOException {
    String json = TinyFiles.tekken();
    String evil = json.replace("\"\\\\s+|\\\\S+\"", "\"a*a*a*a*a*a*a*b\"");
    assertThat(evil).isNotEqualTo(json);
    Tokenizer tokenizer = Tokenizer.load(Files.writeString(folder.resolve("tekken.json"), evil));
    assertThat(tokenizer.decode(tokenizer.encode("aab", false, false))).isEqualTo("aab");
    assertThatThrownBy(() -> tokenizer.encode("a".repeat(300), false, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("pattern a*a*a*a*a*a*a*b takes too long", "not to be trusted");
  }

  private void assertTekkenRefused(String json, String reason) throws IOException {
    Path file = Files.writeString(folder.resolve("tekken.json"), json);
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("tekken.json: ")
        .hasMessageContaining(reason);
  }

  @Test
  void aFolderWithoutATokenizerSaysWhichFilesItCouldHave() {
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("found no tokenizer; wanted one of tekken.json");
    assertThatThrownBy(() -> Tokenizer.load(folder.resolve("nowhere")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("there is no such file");
  }

  @Test
  void aDamagedFileBesideTheTokenizerIsRefusedByName() throws IOException {
    Files.write(folder.resolve("tokenizer.model"), TinyFiles.sentencePiece());
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\"");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("tokenizer_config.json is no valid JSON");
  }

  @Test
  void tokensAddedBesideASentencePieceModelFollowIts() throws IOException {
    Files.write(folder.resolve("tokenizer.model"), TinyFiles.sentencePiece());
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<|im_end|>\": 272}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.vocabSize()).isEqualTo(273);
    assertThat(tokenizer.encode("a<|im_end|>", false, true)).endsWith(272);
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<|im_end|>\": 290}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("the added token '<|im_end|>' has id 290; wanted 272, the next one");
  }
}

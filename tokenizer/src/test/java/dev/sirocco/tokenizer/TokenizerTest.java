package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TokenizerTest {

  private final Tokenizer letters = FakeGguf.sentencePiece().load();

  @Test
  void theBeginningOfSequenceTokenIsNeverDoubled() {
    assertThat(letters.encode("<s>ab", true, true)).containsExactly(1, 3, 6);
    assertThat(letters.encode("ab", true, true)).containsExactly(1, 3, 6);
    assertThat(letters.encode("", true, false)).containsExactly(1);
  }

  @Test
  void namesOfControlTokensAreTextUnlessAskedFor() {
    Tokenizer tokenizer = FakeGguf.byteLevel().load();
    assertThat(tokenizer.encode("ab<|im_end|>", false, true)).containsExactly(3, 0);
    assertThatThrownBy(() -> tokenizer.encode("ab<|im_end|>", false, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "the text has the byte 0x3C in UTF-8, for which the vocabulary has no token");
  }

  @Test
  void charactersWithoutTokenBecomeOneUnknownToken() {
    assertThat(letters.encode("axyzb", false, false)).containsExactly(3, 4, 0, 5);
    assertThat(letters.decode(new int[] {3, 4, 0, 5})).isEqualTo("a ⁇ b");
  }

  @Test
  void anIdOutOfRangeIsRefused() {
    for (int id : new int[] {-1, 7, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> letters.decode(new int[] {id}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("token id %d is out of range: the vocabulary has ids 0 to 6", id);
      assertThatThrownBy(() -> letters.piece(id)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> letters.bytes(id)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aTokenHasBytesForTheMidstOfATextAndASpellingForPeople() {
    assertThat(letters.bytes(3)).isEqualTo(" ".getBytes(StandardCharsets.UTF_8));
    assertThat(letters.piece(3)).isEqualTo("▁");
    assertThat(letters.bytes(1)).isEmpty();
    assertThat(letters.piece(1)).isEqualTo("<s>");
    assertThat(letters.isControl(1)).isTrue();
    assertThat(letters.isControl(6)).isFalse();
  }

  @Test
  void aContinuingDecoderKeepsTheFirstSpace() {
    assertThat(letters.decode(new int[] {3, 6})).isEqualTo("ab");
    assertThat(letters.continuingDecoder().next(3)).isEqualTo(" ");
  }

  @Test
  void aStreamingDecoderHoldsBackPartsOfACharacter() {
    Tokenizer tekken =
        TekkenFile.tokenizer(
            "tekken.json", TinyFiles.tekken().getBytes(StandardCharsets.UTF_8), Optional.empty());
    StreamingDecoder decoder = tekken.streamingDecoder();
    byte[] flag = "🎉".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 3; i++) {
      assertThat(decoder.next(4 + (flag[i] & 0xFF))).isEmpty();
    }
    assertThat(decoder.next(4 + (flag[3] & 0xFF))).isEqualTo("🎉");
    assertThat(decoder.next(4 + (flag[0] & 0xFF))).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
    assertThat(decoder.next(4 + 'x')).isEqualTo("x");
  }

  @Test
  void anUnpairedSurrogateIsReadAsTheReplacementCharacter() {
    Tokenizer tokenizer = Tokenizer.load(HuggingFaceTokenizerTest.resource("llama.tokenizer.json"));
    assertThat(tokenizer.decode(tokenizer.encode("a\uD83Cb", false, false))).isEqualTo("a\uFFFDb");
  }

  @Test
  void aTokenOfCharactersThatAreNoTokensIsFoundAllTheSame() {
    Tokenizer tokenizer =
        FakeGguf.sentencePiece()
            .with("ggml.tokens", List.of("<unk>", "<s>", "</s>", "▁", "xy", "b", "xyb"))
            .load();
    assertThat(tokenizer.encode("xyb", false, false)).containsExactly(3, 6);
  }

  @Test
  void anotherPrefixForTextsIsDeclaredInTheFile() {
    Tokenizer tokenizer = FakeGguf.sentencePiece().with("ggml.add_space_prefix", false).load();
    assertThat(tokenizer.encode("ab", false, false)).containsExactly(6);
    assertThat(tokenizer.decode(new int[] {3, 6})).isEqualTo(" ab");
  }

  @Test
  void aTextOfAMillionCharactersWithoutASpaceIsEncodedAndDecoded() {
    for (String name : List.of("llama", "gpt2")) {
      Tokenizer tokenizer =
          Tokenizer.load(HuggingFaceTokenizerTest.resource(name + ".tokenizer.json"));
      String text = "theband".repeat(150_000);
      int[] ids = tokenizer.encode(text, false, false);
      assertThat(ids.length).isLessThan(text.length());
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }
  }

  @Test
  void severalThreadsEncodeAtOnce() throws Exception {
    Tokenizer tokenizer = Tokenizer.load(HuggingFaceTokenizerTest.resource("gpt2.tokenizer.json"));
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      texts.add("word" + Integer.toString(i * 7919, 36) + " and the " + i);
    }
    List<int[]> alone = texts.stream().map(text -> tokenizer.encode(text, false, false)).toList();
    Tokenizer fresh = Tokenizer.load(HuggingFaceTokenizerTest.resource("gpt2.tokenizer.json"));
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<List<int[]>>> results = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        results.add(
            threads.submit(
                () -> texts.stream().map(text -> fresh.encode(text, false, false)).toList()));
      }
      for (Future<List<int[]>> result : results) {
        assertThat(result.get()).usingRecursiveComparison().isEqualTo(alone);
      }
    }
  }
}

package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.weights.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class TokenizerPropertiesTest {

  private static final List<Tokenizer> TOKENIZERS = tokenizers();

  private static List<Tokenizer> tokenizers() {
    List<Tokenizer> tokenizers = new ArrayList<>();
    tokenizers.add(sentencePiece(TinyFiles.sentencePiece()));
    tokenizers.add(tekken(TinyFiles.tekken().getBytes(StandardCharsets.UTF_8)));
    for (String name : List.of("llama", "gpt2", "llama3", "custom")) {
      tokenizers.add(Tokenizer.load(HuggingFaceTokenizerTest.resource(name + ".tokenizer.json")));
    }
    return tokenizers;
  }

  private static Tokenizer sentencePiece(byte[] bytes) {
    return SentencePieceTokenizers.ofModel(
        "fuzzed.model", bytes, SideFiles.beside(Path.of("nowhere/x")), Optional.empty());
  }

  private static Tokenizer tekken(byte[] bytes) {
    return TekkenFile.tokenizer("fuzzed.json", bytes, Optional.empty());
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.of(
                " ", "  ", "\n", "\r\n", "a", "ab", "abc", "é", "日本", "🎉", "'s", "1234"),
            Arbitraries.of("▁", "<s>", "[INST]", "<0x0A>", "\u0301", "ſ", "\u00a0", "\u2028", "Aß"),
            Arbitraries.strings().all().ofMaxLength(4));
    return pieces
        .list()
        .ofMaxSize(20)
        .map(list -> String.join("", list))
        .map(text -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
  }

  @Property(tries = 500)
  void decodingTakesBackEncoding(@ForAll("texts") String text) {
    for (Tokenizer tokenizer : TOKENIZERS) {
      int[] ids = tokenizer.encode(text, false, false);
      boolean spaces = tokenizer.settings().kind() == TokenizerSettings.Kind.SENTENCE_PIECE;
      String expected = spaces ? text.replace('▁', ' ') : text;
      assertThat(tokenizer.decode(ids)).as(tokenizer.toString()).isEqualTo(expected);
      for (int id : ids) {
        assertThat(tokenizer.isControl(id)).isFalse();
      }
    }
  }

  @Property(tries = 500)
  void anyIdsDecodeAsWellOneByOneAsAtOnce(@ForAll List<@IntRange(min = 0, max = 263) Integer> ids) {
    for (Tokenizer tokenizer : TOKENIZERS) {
      StreamingDecoder decoder = tokenizer.streamingDecoder();
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        text.append(decoder.next(id));
      }
      text.append(decoder.finish());
      int[] array = ids.stream().mapToInt(Integer::intValue).toArray();
      assertThat(text.toString()).isEqualTo(tokenizer.decode(array));
    }
  }

  @Property(tries = 1000)
  void handWrittenSplittersSplitLikeTheirExpressions(@ForAll("texts") String text) {
    for (String regex :
        List.of(
            WordSplitters.GPT2, WordSplitters.LLAMA3, WordSplitters.QWEN2, WordSplitters.TEKKEN)) {
      List<String> byHand = words(WordSplitters.ofPattern(regex, "file"), text);
      Pattern pattern =
          Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE);
      assertThat(byHand).as(regex).isEqualTo(words(WordSplitters.matches(pattern), text));
    }
  }

  private static List<String> words(WordSplitter splitter, String text) {
    List<String> words = new ArrayList<>();
    splitter.split(text, 0, text.length(), (start, end) -> words.add(text.substring(start, end)));
    return words;
  }

  @Property(tries = 300)
  void longWordsMergeAsThePlainestProcedureDoes(
      @ForAll long seed, @IntRange(min = 1, max = 80) @ForAll int length) {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    Random random = new Random(seed);
    List<String> pieces = new ArrayList<>(List.of("a", "b", "aa", "ab", "ba", "aab", "abab", "bb"));
    Collections.shuffle(pieces, random);
    pieces.forEach(piece -> builder.add(piece, TokenType.NORMAL));
    Vocabulary vocabulary = builder.build();
    float[] scores = new float[pieces.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextInt(4);
    }
    List<String> symbols = new ArrayList<>();
    SymbolMerger merger = new SymbolMerger();
    for (int i = 0; i < length; i++) {
      symbols.add(random.nextBoolean() ? "a" : "b");
      merger.add(pieces.indexOf(symbols.get(i)), i);
    }
    merger.merge(MergeRule.Concatenation.byScore(vocabulary, scores));
    mergePlainly(symbols, pieces, scores);
    List<String> merged = new ArrayList<>();
    for (int i = 0; i < merger.size(); i++) {
      merged.add(pieces.get(merger.symbol(i)));
    }
    assertThat(merged).isEqualTo(symbols);
  }

  private static void mergePlainly(List<String> symbols, List<String> pieces, float[] scores) {
    while (true) {
      int best = -1;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        int id = pieces.indexOf(symbols.get(i) + symbols.get(i + 1));
        if (id >= 0 && scores[id] > bestScore) {
          best = i;
          bestScore = scores[id];
        }
      }
      if (best < 0) {
        return;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }

  @Property(tries = 1500)
  void aDamagedFileGivesATokenizerOrAFormatError(
      @ForAll @IntRange(min = 0, max = 3) int kind, @ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes =
        mutated(
            switch (kind) {
              case 0 -> TinyFiles.sentencePiece();
              case 1 -> TinyFiles.tekken().getBytes(StandardCharsets.UTF_8);
              case 2 ->
                  Files.readAllBytes(HuggingFaceTokenizerTest.resource("llama.tokenizer.json"));
              default ->
                  Files.readAllBytes(HuggingFaceTokenizerTest.resource("llama3.tokenizer.json"));
            },
            random);
    Tokenizer tokenizer;
    try {
      tokenizer =
          switch (kind) {
            case 0 -> sentencePiece(bytes);
            case 1 -> tekken(bytes);
            default ->
                HuggingFaceTokenizer.tokenizer(
                    "fuzzed.json", bytes, SideFiles.beside(Path.of("nowhere/x")));
          };
    } catch (ModelFormatException e) {
      assertThat(e.getMessage()).startsWith("fuzzed.");
      return;
    }
    try {
      tokenizer.decode(tokenizer.encode("The ab é 日本 🎉 <s> 12\n", true, true));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).contains("the vocabulary has no token");
    }
  }

  private static byte[] mutated(byte[] bytes, Random random) {
    byte[] result = bytes.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(result.length);
      switch (random.nextInt(4)) {
        case 0 -> result[at] = (byte) random.nextInt();
        case 1 -> result[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> result = Arrays.copyOf(result, Math.max(1, at));
        default -> {
          int from = random.nextInt(result.length);
          int length = Math.min(random.nextInt(40), result.length - Math.max(at, from));
          System.arraycopy(bytes.clone(), from, result, at, length);
        }
      }
    }
    return result;
  }
}

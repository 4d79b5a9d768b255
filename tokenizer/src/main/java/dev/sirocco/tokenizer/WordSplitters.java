package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The word splitters of known tokenizers, by the regular expressions that define them. */
final class WordSplitters {

  static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  static final String LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  static final String QWEN2 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  static final String TEKKEN =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final Map<String, WordSplitter> KNOWN =
      Map.of(
          GPT2, new PatternSplitter.Gpt2(),
          LLAMA3, new PatternSplitter.Llama3(3),
          QWEN2, new PatternSplitter.Llama3(1),
          TEKKEN, new PatternSplitter.Tekken());

  private WordSplitters() {}

  /**
   * The splitter that a regular expression describes: its matches are words, and so is the text
   * between them. Known expressions have hand-written splitters, others run as they are.
   *
   * @throws ModelFormatException if the expression is not valid; names {@code file}
   */
  static WordSplitter ofPattern(String regex, String file) {
    WordSplitter known = KNOWN.get(regex);
    if (known != null) {
      return known;
    }
    try {
      return matches(Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS));
    } catch (PatternSyntaxException e) {
      throw new ModelFormatException(
          "%s: the pattern that splits words is not valid: %s".formatted(file, e.getDescription()),
          e);
    }
  }

  /** Matches of a pattern and the text between them. */
  static WordSplitter matches(Pattern pattern) {
    return (text, from, to, sink) -> {
      Matcher matcher = pattern.matcher(new MeteredText(text, from, to, pattern)).region(from, to);
      int at = from;
      try {
        while (matcher.find()) {
          emit(sink, at, matcher.start());
          emit(sink, matcher.start(), matcher.end());
          at = matcher.end();
        }
      } catch (StackOverflowError e) {
        throw new IllegalArgumentException(
            "the text is too long for the tokenizer's pattern " + pattern, e);
      }
      emit(sink, at, to);
    };
  }

  private static void emit(WordSplitter.Sink sink, int start, int end) {
    if (start < end) {
      sink.word(start, end);
    }
  }

  /** Splits by the first splitter, its words by the second, and so on. */
  static WordSplitter sequence(List<WordSplitter> splitters) {
    WordSplitter result = (text, from, to, sink) -> emit(sink, from, to);
    for (WordSplitter second : splitters) {
      WordSplitter first = result;
      result =
          (text, from, to, sink) ->
              first.split(text, from, to, (start, end) -> second.split(text, start, end, sink));
    }
    return result;
  }

  /** Every digit alone; and the text between digits. */
  static WordSplitter digits() {
    return (text, from, to, sink) -> {
      int start = from;
      for (int at = from; at < to; ) {
        int end = CharacterClasses.next(text, at);
        if (CharacterClasses.isNumber(CharacterClasses.at(text, at, to))) {
          emit(sink, start, at);
          emit(sink, at, end);
          start = end;
        }
        at = end;
      }
      emit(sink, start, to);
    };
  }

  /** The splitter that a GGUF file means by {@code tokenizer.ggml.pre}. */
  static WordSplitter ofGgufName(String name, String file) {
    return switch (name) {
      case "llama-bpe", "llama3", "llama-v3", "dbrx", "smaug-bpe" -> ofPattern(LLAMA3, file);
      case "tekken" -> ofPattern(TEKKEN, file);
      case "gpt-2" -> ofPattern(GPT2, file);
      case "qwen2", "stablelm2" -> ofPattern(QWEN2, file);
      case "smollm", "starcoder", "refact", "command-r" ->
          sequence(List.of(digits(), ofPattern(GPT2, file)));
      case "default" -> ggufDefault();
      default ->
          throw new ModelFormatException(
              "%s: tokenizer.ggml.pre is '%s', a way to split words that Sirocco does not know; known are %s"
                  .formatted(
                      file,
                      name,
                      "command-r, dbrx, default, gpt-2, llama-bpe, llama3, llama-v3, qwen2, refact,"
                          + " smaug-bpe, smollm, stablelm2, starcoder, tekken"));
    };
  }

  private static WordSplitter ggufDefault() {
    List<WordSplitter> splitters = new ArrayList<>();
    for (String regex :
        List.of(
            "[\\p{P}\\$\\+<=>\\^~\\|]+",
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)",
            "\\p{N}+",
            "[0-9][0-9][0-9]")) {
      splitters.add(matches(Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS)));
    }
    return sequence(splitters);
  }
}

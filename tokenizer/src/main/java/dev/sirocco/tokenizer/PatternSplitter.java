package dev.sirocco.tokenizer;

import static dev.sirocco.tokenizer.CharacterClasses.isLetter;
import static dev.sirocco.tokenizer.CharacterClasses.isNewline;
import static dev.sirocco.tokenizer.CharacterClasses.isNumber;

import java.util.function.IntPredicate;

/**
 * A word splitter for one of the well-known regular expressions, written out by hand: each
 * alternative is tried in turn at the place where the last word ended.
 */
abstract class PatternSplitter implements WordSplitter {

  /** No alternative of that kind matches here. */
  static final int NO_MATCH = -1;

  @Override
  public final void split(String text, int from, int to, Sink sink) {
    for (int start = from; start < to; ) {
      int end = wordEnd(text, start, to);
      sink.word(start, end);
      start = end;
    }
  }

  /** The end of the word that begins at {@code start}; greater than that. */
  abstract int wordEnd(String text, int start, int to);

  static int at(String text, int index, int to) {
    return CharacterClasses.at(text, index, to);
  }

  /** The end of the run of characters of a class. */
  static int runEnd(String text, int start, int to, IntPredicate in) {
    int end = start;
    while (end < to && in.test(at(text, end, to))) {
      end = CharacterClasses.next(text, end);
    }
    return end;
  }

  /** {@code 's|'t|'re|'ve|'m|'ll|'d}. */
  static int contractionEnd(String text, int start, int to, boolean anyCase) {
    if (text.charAt(start) != '\'' || start + 1 >= to) {
      return NO_MATCH;
    }
    char first = fold(text.charAt(start + 1), anyCase);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return start + 2;
    }
    if (start + 2 >= to) {
      return NO_MATCH;
    }
    char second = fold(text.charAt(start + 2), anyCase);
    boolean pair =
        (second == 'e' && (first == 'r' || first == 'v')) || (first == 'l' && second == 'l');
    return pair ? start + 3 : NO_MATCH;
  }

  private static char fold(char c, boolean anyCase) {
    return !anyCase ? c : c == 'ſ' ? 's' : Character.toLowerCase(c);
  }

  /** {@code ?X+} with an optional space first. */
  static int spacedRunEnd(String text, int start, int to, IntPredicate in) {
    int first = text.charAt(start) == ' ' ? start + 1 : start;
    int end = runEnd(text, first, to, in);
    return end > first ? end : NO_MATCH;
  }

  /** {@code [^\r\n\p{L}\p{N}]?\p{L}+}. */
  static int prefixedLettersEnd(String text, int start, int to) {
    int c = at(text, start, to);
    int first = isLetter(c) || !isWordPrefix(c) ? start : CharacterClasses.next(text, start);
    int end = runEnd(text, first, to, CharacterClasses::isLetter);
    return end > first ? end : NO_MATCH;
  }

  /** {@code [^\r\n\p{L}\p{N}]}. */
  static boolean isWordPrefix(int c) {
    return !isNewline(c) && !isLetter(c) && !isNumber(c);
  }

  /** At most {@code limit} numbers. */
  static int numbersEnd(String text, int start, int to, int limit) {
    int end = start;
    for (int i = 0; i < limit && isNumber(at(text, end, to)); i++) {
      end = CharacterClasses.next(text, end);
    }
    return end > start ? end : NO_MATCH;
  }

  /** {@code ?[^\s\p{L}\p{N}]+} and then a run of {@code tail}. */
  static int othersEnd(String text, int start, int to, IntPredicate tail) {
    int end = spacedRunEnd(text, start, to, CharacterClasses::isOther);
    return end == NO_MATCH ? NO_MATCH : runEnd(text, end, to, tail);
  }

  /**
   * {@code \s*[\r\n]+|\s+(?!\S)|\s+}, the first alternative only if {@code newlines}. White space
   * before a word leaves its last character to the word.
   */
  static int spacesEnd(String text, int start, int to, boolean newlines) {
    int end = runEnd(text, start, to, CharacterClasses::isSpace);
    for (int i = end; newlines && i > start; i--) {
      if (isNewline(text.charAt(i - 1))) {
        return i;
      }
    }
    return end == to || end == start + 1 ? end : end - 1;
  }

  /** GPT-2's expression. */
  static final class Gpt2 extends PatternSplitter {
    @Override
    int wordEnd(String text, int start, int to) {
      int end = contractionEnd(text, start, to, false);
      if (end == NO_MATCH) {
        end = spacedRunEnd(text, start, to, CharacterClasses::isLetter);
      }
      if (end == NO_MATCH) {
        end = spacedRunEnd(text, start, to, CharacterClasses::isNumber);
      }
      if (end == NO_MATCH) {
        end = spacedRunEnd(text, start, to, CharacterClasses::isOther);
      }
      return end == NO_MATCH ? spacesEnd(text, start, to, false) : end;
    }
  }

  /** The expression of Llama 3 and its kin, with up to so many digits together. */
  static final class Llama3 extends PatternSplitter {
    private final int digits;

    Llama3(int digits) {
      this.digits = digits;
    }

    @Override
    int wordEnd(String text, int start, int to) {
      int end = contractionEnd(text, start, to, true);
      if (end == NO_MATCH) {
        end = prefixedLettersEnd(text, start, to);
      }
      if (end == NO_MATCH) {
        end = numbersEnd(text, start, to, digits);
      }
      if (end == NO_MATCH) {
        end = othersEnd(text, start, to, CharacterClasses::isNewline);
      }
      return end == NO_MATCH ? spacesEnd(text, start, to, true) : end;
    }
  }

  /** Tekken's expression, which tells upper from lower case. */
  static final class Tekken extends PatternSplitter {
    @Override
    int wordEnd(String text, int start, int to) {
      int end = casedWordEnd(text, start, to);
      if (end == NO_MATCH) {
        end = numbersEnd(text, start, to, 1);
      }
      if (end == NO_MATCH) {
        end = othersEnd(text, start, to, c -> isNewline(c) || c == '/');
      }
      return end == NO_MATCH ? spacesEnd(text, start, to, true) : end;
    }

    private static int casedWordEnd(String text, int start, int to) {
      boolean prefix = isWordPrefix(at(text, start, to));
      int afterPrefix = prefix ? CharacterClasses.next(text, start) : start;
      int end = lowerEnd(text, afterPrefix, to);
      if (end == NO_MATCH && prefix) {
        end = lowerEnd(text, start, to);
      }
      if (end == NO_MATCH) {
        end = upperEnd(text, afterPrefix, to);
      }
      return end == NO_MATCH && prefix ? upperEnd(text, start, to) : end;
    }

    /** {@code U*L+}, where a character may be of both classes: the end of the longest match. */
    private static int lowerEnd(String text, int start, int to) {
      int end = NO_MATCH;
      int at = start;
      while (at < to && CharacterClasses.isUpperLike(at(text, at, to))) {
        int c = at(text, at, to);
        at = CharacterClasses.next(text, at);
        if (CharacterClasses.isLowerLike(c)) {
          end = at;
        }
      }
      int lowers = runEnd(text, at, to, CharacterClasses::isLowerLike);
      return lowers > at ? lowers : end;
    }

    /** {@code U+L*}. */
    private static int upperEnd(String text, int start, int to) {
      int uppers = runEnd(text, start, to, CharacterClasses::isUpperLike);
      return uppers == start ? NO_MATCH : runEnd(text, uppers, to, CharacterClasses::isLowerLike);
    }
  }
}

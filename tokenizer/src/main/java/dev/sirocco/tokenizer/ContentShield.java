package dev.sirocco.tokenizer;

import java.util.List;
import java.util.function.IntPredicate;

/**
 * Keeps the text of messages from becoming control tokens in a rendered template.
 *
 * <p>Templates give plain text, in which the control tokens are found by their names. So that none
 * is found in a message, a mark is put before each place of a message where the name of a control
 * token begins, or might begin or end if the template goes on or began with the rest. The mark is a
 * character that occurs nowhere else; a name behind a mark, or with one inside, is text, and {@link
 * #reveal} takes the marks out again. Messages without such places go through the template as they
 * are, so its own logic on them (trimming, searching) works.
 */
final class ContentShield {

  private static final char FIRST_NONCHARACTER = '\uFDD0';
  private static final char LAST_NONCHARACTER = '\uFDEF';
  private static final char FIRST_PRIVATE = '\uE000';
  private static final char LAST_PRIVATE = '\uF8FF';

  private final SpecialTokens specials;
  private final char mark;
  private final char unusedMark;

  /**
   * @param texts all texts that may be in a prompt
   */
  ContentShield(SpecialTokens specials, List<String> texts) {
    this.specials = specials;
    this.mark = unusedCharacter(texts, SpecialTokens.NO_MARK);
    this.unusedMark = unusedCharacter(texts, mark);
  }

  private static char unusedCharacter(List<String> texts, char taken) {
    for (char c = FIRST_NONCHARACTER; c <= LAST_NONCHARACTER; c++) {
      if (c != taken && isUnused(c, texts)) {
        return c;
      }
    }
    for (char c = FIRST_PRIVATE; c <= LAST_PRIVATE; c++) {
      if (c != taken && isUnused(c, texts)) {
        return c;
      }
    }
    throw new IllegalArgumentException(
        "the messages use every private-use character of Unicode's first plane; leave one out");
  }

  private static boolean isUnused(char c, List<String> texts) {
    return texts.stream().noneMatch(text -> text.indexOf(c) >= 0);
  }

  char mark() {
    return mark;
  }

  /** Another character that occurs nowhere; the shield does not use it. */
  char unusedMark() {
    return unusedMark;
  }

  /** A message's text with marks where it needs them. */
  String protect(String text) {
    return marked(
        text,
        i ->
            specials.controlBeginsAt(text, i) || (i == 0 && specials.controlMayContinueWith(text)));
  }

  /**
   * A key of a JSON object with marks before whole names of control tokens only, since templates
   * look keys up; they write keys between quotation marks.
   */
  String protectKey(String text) {
    return marked(text, i -> specials.controlIsAt(text, i));
  }

  private String marked(String text, IntPredicate isDangerous) {
    StringBuilder marked = null;
    for (int i = 0; i < text.length(); i++) {
      boolean dangerous = isDangerous.test(i);
      if (dangerous && marked == null) {
        marked = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (marked != null) {
        if (dangerous) {
          marked.append(mark);
        }
        marked.append(text.charAt(i));
      }
    }
    return marked == null ? text : marked.toString();
  }

  /** Text without marks. */
  String reveal(String text) {
    return text.replace(String.valueOf(mark), "");
  }
}

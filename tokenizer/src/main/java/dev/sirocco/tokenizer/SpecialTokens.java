package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.TokenizerSettings.WhitespaceEaters;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Finds the names of special tokens in a text: the leftmost first, and of those that begin at one
 * place the longest.
 *
 * <p>User-defined tokens are always found, control tokens only if asked for. Immutable.
 */
final class SpecialTokens {

  /** A special token found at {@code text[start, end)}. */
  record Match(int start, int end, int id) {}

  private static final class Node {
    private final Map<Character, Node> children = new HashMap<>();
    private int id = Vocabulary.ABSENT;
    private boolean isControl;
  }

  /** Stands for no mark: no text of a template has this noncharacter. */
  static final char NO_MARK = '\uFFFF';

  private final Node always = new Node();
  private final Node all = new Node();
  private final Map<String, Integer> controls = new HashMap<>();
  private final WhitespaceEaters eaters;

  private SpecialTokens(WhitespaceEaters eaters) {
    this.eaters = eaters;
  }

  static SpecialTokens of(Vocabulary vocabulary, WhitespaceEaters eaters) {
    SpecialTokens specials = new SpecialTokens(eaters);
    for (int id = 0; id < vocabulary.size(); id++) {
      switch (vocabulary.type(id)) {
        case CONTROL, UNKNOWN -> specials.addControl(vocabulary.text(id), id);
        case USER_DEFINED -> {
          specials.addUserDefined(vocabulary.text(id), id);
        }
        default -> {}
      }
    }
    return specials;
  }

  private void addUserDefined(String text, int id) {
    claim(pathOf(always, text), id);
    claim(pathOf(all, text), id);
  }

  private void addControl(String text, int id) {
    Node node = pathOf(all, text);
    node.isControl = true;
    claim(node, id);
    controls.putIfAbsent(text, id);
  }

  private static Node pathOf(Node root, String text) {
    Node node = root;
    for (int i = 0; i < text.length(); i++) {
      node = node.children.computeIfAbsent(text.charAt(i), c -> new Node());
    }
    return node;
  }

  private static void claim(Node node, int id) {
    if (node.id == Vocabulary.ABSENT) {
      node.id = id;
    }
  }

  OptionalInt controlId(String name) {
    Integer id = controls.get(name);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The first special token in {@code text[from, …)}, or null. */
  @Nullable Match next(String text, int from, boolean parseControls) {
    return next(text, from, parseControls, NO_MARK);
  }

  /** As above, but a control token right behind {@code mark} is none. */
  @Nullable Match next(String text, int from, boolean parseControls, char mark) {
    Node root = parseControls ? all : always;
    if (root.children.isEmpty()) {
      return null;
    }
    for (int start = from; start < text.length(); start++) {
      boolean marked = mark != NO_MARK && start > 0 && text.charAt(start - 1) == mark;
      Match match = longestAt(marked ? always : root, text, start);
      if (match != null) {
        return widen(match, text, from);
      }
    }
    return null;
  }

  /** Whether the whole name of a control token stands at an index of a text. */
  boolean controlIsAt(String text, int start) {
    return controlAt(text, start, false);
  }

  /** Whether the name of a control token stands there, or as much of it as the text has. */
  boolean controlBeginsAt(String text, int start) {
    return controlAt(text, start, true);
  }

  private boolean controlAt(String text, int start, boolean orPart) {
    Node node = all.children.get(text.charAt(start));
    for (int end = start + 1; node != null; end++) {
      if (node.isControl || end == text.length()) {
        return node.isControl || orPart;
      }
      node = node.children.get(text.charAt(end));
    }
    return false;
  }

  /** Whether a text is, or begins with, what may follow in the midst of a control token's name. */
  boolean controlMayContinueWith(String text) {
    for (String name : controls.keySet()) {
      for (int i = 1; i < name.length(); i++) {
        int rest = Math.min(name.length() - i, text.length());
        if (name.regionMatches(i, text, 0, rest)) {
          return true;
        }
      }
    }
    return false;
  }

  private static @Nullable Match longestAt(Node root, String text, int start) {
    Match longest = null;
    Node node = root.children.get(text.charAt(start));
    for (int end = start + 1; node != null; end++) {
      if (node.id != Vocabulary.ABSENT) {
        longest = new Match(start, end, node.id);
      }
      node = end < text.length() ? node.children.get(text.charAt(end)) : null;
    }
    return longest;
  }

  private Match widen(Match match, String text, int from) {
    int start = match.start();
    while (eaters.left().contains(match.id())
        && start > from
        && Character.isWhitespace(text.charAt(start - 1))) {
      start--;
    }
    int end = match.end();
    while (eaters.right().contains(match.id())
        && end < text.length()
        && Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return new Match(start, end, match.id());
  }
}

package dev.sirocco.engine.constrain.regex;

import java.util.List;

/** Syntax tree of a pattern in the notation of ECMA-262. */
sealed interface PatternNode {

  /** Whether the node matches by consuming characters alone, without looking around. */
  boolean plain();

  /** One character of a set. */
  record One(CharSet set) implements PatternNode {
    @Override
    public boolean plain() {
      return true;
    }
  }

  /** One after another. */
  record Sequence(List<PatternNode> parts) implements PatternNode {
    @Override
    public boolean plain() {
      return parts.stream().allMatch(PatternNode::plain);
    }
  }

  /** Any of them. */
  record Choice(List<PatternNode> parts) implements PatternNode {
    @Override
    public boolean plain() {
      return parts.stream().allMatch(PatternNode::plain);
    }
  }

  /** {@code min} to {@code max} times. */
  record Repetition(PatternNode body, int min, int max) implements PatternNode {
    @Override
    public boolean plain() {
      return body.plain();
    }
  }

  /** The start of the text, {@code ^}. */
  record Start() implements PatternNode {
    @Override
    public boolean plain() {
      return false;
    }
  }

  /** The end of the text, {@code $}. */
  record End() implements PatternNode {
    @Override
    public boolean plain() {
      return false;
    }
  }

  /** What follows must match, or must not. */
  record LookAhead(PatternNode body, boolean negative) implements PatternNode {
    @Override
    public boolean plain() {
      return false;
    }
  }
}

package dev.sirocco.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one rendering has done so far. It has a limit: a template that loops over large values ends
 * in an error, and not in hours, nor out of memory.
 */
final class Work {

  private static final int MOST_STEPS = 5_000_000;
  private static final long MOST_SIZE = 1L << 29;

  private long steps;
  private long size;

  /** Counts statements. */
  void steps(int count) {
    steps += count;
    if (steps > MOST_STEPS) {
      throw new TemplateException("the template takes more than %d steps".formatted(MOST_STEPS));
    }
  }

  /** Counts the characters or items of a value that is made, or gone through; returns the value. */
  @Nullable Object of(@Nullable Object value) {
    switch (value) {
      case String text -> characters(text.length());
      case List<?> list -> characters(list.size());
      case Map<?, ?> map -> characters(map.size());
      case null, default -> {}
    }
    return value;
  }

  /** Counts characters that are written. */
  void characters(long count) {
    size += count;
    if (size > MOST_SIZE) {
      throw new TemplateException(
          "the template goes through more than %d characters; wanted fewer".formatted(MOST_SIZE));
    }
  }
}

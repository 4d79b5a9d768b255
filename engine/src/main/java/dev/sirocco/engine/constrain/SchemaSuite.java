package dev.sirocco.engine.constrain;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tries constraints on a file of schemas with valid and invalid instances, one JSON object a line:
 * {@code name}, {@code schema}, {@code tests: [{valid, data}]}. Every valid instance must be
 * admitted token by token, every invalid one stopped.
 */
public final class SchemaSuite {

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final TokenVocabulary vocabulary;
  private final Function<String, int[]> encoder;
  private final LongSupplier clock;
  private final List<SchemaResult> results = new ArrayList<>();
  private final List<Long> compileNanos = new ArrayList<>();
  private final List<Long> maskNanos = new ArrayList<>();

  /** What became of a schema. */
  public enum Outcome {
    /** All valid instances were admitted, all invalid ones stopped. */
    PASSING,
    /** The schema was not compiled, or could not be followed within its bounds. */
    REFUSED,
    /** A valid instance was stopped, no invalid one admitted. */
    STOPPED_VALID,
    /** An invalid instance was admitted. */
    ADMITTED_INVALID,
    /** Something else went wrong: a defect. */
    CRASHED
  }

  /**
   * The result for one schema.
   *
   * @param name of the schema
   * @param outcome what became of it
   * @param detail the reason, or the instance and where it was stopped; empty if passing
   */
  public record SchemaResult(String name, Outcome outcome, String detail) {}

  /**
   * Durations in microseconds.
   *
   * @param p50 the median
   * @param p99 the 99th percentile
   * @param max the longest
   */
  public record Percentiles(double p50, double p99, double max) {

    static Percentiles of(List<Long> nanos) {
      long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      return sorted.length == 0
          ? new Percentiles(0, 0, 0)
          : new Percentiles(at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1));
    }

    private static double at(long[] sorted, double share) {
      return sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))] / 1e3;
    }
  }

  /**
   * @param encoder text to token ids, without a beginning-of-sequence token
   * @param clock time in nanoseconds, such as {@link System#nanoTime}
   */
  public SchemaSuite(
      TokenVocabulary vocabulary, Function<String, int[]> encoder, LongSupplier clock) {
    this.vocabulary = vocabulary;
    this.encoder = encoder;
    this.clock = clock;
  }

  /** Runs all schemas of {@code file}, in order. */
  public void run(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      lines.filter(line -> !line.isBlank()).forEach(this::run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(String line) {
    JsonNode entry = MAPPER.readTree(line);
    results.add(result(entry.path("name").stringValue(), entry));
  }

  private SchemaResult result(String name, JsonNode entry) {
    Constraint constraint;
    long start = clock.getAsLong();
    try {
      constraint = Constraint.jsonSchema(entry.path("schema").toString(), vocabulary);
    } catch (ConstraintException e) {
      return new SchemaResult(name, Outcome.REFUSED, String.valueOf(e.getMessage()));
    } catch (RuntimeException | StackOverflowError e) {
      return new SchemaResult(name, Outcome.CRASHED, e + " at " + Arrays.asList(e.getStackTrace()));
    } finally {
      compileNanos.add(clock.getAsLong() - start);
    }
    String stopped = "";
    for (JsonNode test : entry.path("tests")) {
      String text = PythonJson.write(test.path("data"));
      Check check;
      try {
        check = check(constraint, text);
      } catch (ConstraintException e) {
        return new SchemaResult(name, Outcome.REFUSED, String.valueOf(e.getMessage()));
      } catch (RuntimeException | StackOverflowError e) {
        return new SchemaResult(
            name, Outcome.CRASHED, e + " at " + Arrays.asList(e.getStackTrace()));
      }
      boolean valid = test.path("valid").booleanValue();
      if (!valid && check.admitted) {
        return new SchemaResult(name, Outcome.ADMITTED_INVALID, text);
      }
      if (valid && !check.admitted) {
        stopped =
            text.substring(0, check.stoppedAt) + "⟨stopped⟩" + text.substring(check.stoppedAt);
      }
    }
    return new SchemaResult(
        name, stopped.isEmpty() ? Outcome.PASSING : Outcome.STOPPED_VALID, stopped);
  }

  /**
   * Whether a constraint admits a text.
   *
   * @param admitted whether it admits all of it, and the end behind it
   * @param stoppedAt where it was stopped: characters before the first token that was not admitted
   */
  public record Check(boolean admitted, int stoppedAt) {}

  /**
   * Follows {@code text} under {@code constraint} token by token, timing the masks. A blank that
   * the tokenizer puts in front of a text is no part of it.
   */
  public Check check(Constraint constraint, String text) {
    ConstraintState state = constraint.newState();
    int[] ids = encoder.apply(text);
    int bytes = 0;
    for (int i = 0; i < ids.length; i++) {
      long start = clock.getAsLong();
      long[] mask = state.mask();
      maskNanos.add(clock.getAsLong() - start);
      boolean blankInFront = i == 0 && startsWithBlank(ids[0]) && !text.startsWith(" ");
      boolean admitted =
          blankInFront
              ? state.acceptText(vocabulary.bytes(ids[0]), 1)
              : (mask[ids[i] >> 6] & 1L << ids[i]) != 0;
      if (!admitted) {
        return new Check(false, characters(text, bytes));
      }
      if (!blankInFront) {
        state.accept(ids[i]);
      }
      bytes += vocabulary.length(ids[i]) - (blankInFront ? 1 : 0);
    }
    return new Check(state.isComplete(), text.length());
  }

  private boolean startsWithBlank(int id) {
    return vocabulary.length(id) > 0 && vocabulary.byteAt(id, 0) == ' ';
  }

  private static int characters(String text, int bytes) {
    int seen = 0;
    int at = 0;
    while (at < text.length() && seen < bytes) {
      int c = text.codePointAt(at);
      seen += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      at += Character.charCount(c);
    }
    return Math.min(at, text.length());
  }

  /** The results so far. */
  public List<SchemaResult> results() {
    return List.copyOf(results);
  }

  /** Schemas with an outcome. */
  public long count(Outcome outcome) {
    return results.stream().filter(r -> r.outcome() == outcome).count();
  }

  /** Durations of compilation. */
  public Percentiles compileMicros() {
    return Percentiles.of(compileNanos);
  }

  /** Durations of masks. */
  public Percentiles maskMicros() {
    return Percentiles.of(maskNanos);
  }

  /** The result for the schema called {@code name}, or null. */
  public @Nullable SchemaResult result(String name) {
    return results.stream().filter(r -> r.name().equals(name)).findFirst().orElse(null);
  }
}

package dev.sirocco.engine.tools;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads one call, an object with the members {@code name} and {@code arguments} in either order, a
 * character at a time, and hands on the arguments while they come.
 *
 * <p>A call begins for the {@link Sink} once its name and the beginning of its arguments are there,
 * or its end. Before that, text that is no call can be had back.
 */
final class CallObject {

  /** Takes what is read. */
  interface Sink {
    void start(String name);

    void arguments(String fragment);
  }

  /** How far reading has come. */
  enum Step {
    MORE,
    DONE,
    BROKEN
  }

  private enum State {
    OPEN,
    KEY_OR_END,
    KEY,
    COLON,
    VALUE,
    STRING,
    NESTED,
    SCALAR,
    AFTER_VALUE,
    SPILL
  }

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Sink sink;
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder piece = new StringBuilder();
  private final StringBuilder brackets = new StringBuilder();
  private final StringBuilder earlyArguments = new StringBuilder();
  private State state = State.OPEN;
  private String key = "";
  private @Nullable String name;
  private boolean readsArguments;
  private boolean hasArguments;
  private boolean started;
  private boolean inString;
  private boolean escaped;

  CallObject(Sink sink) {
    this.sink = sink;
  }

  /**
   * What was read and was no part of a call: everything as long as none has begun, afterwards the
   * member that is not complete.
   */
  String leftover() {
    return raw.toString();
  }

  /** Takes the next character; once broken or done, no more. */
  Step add(char c) {
    raw.append(c);
    return switch (state) {
      case OPEN -> c == '{' ? go(State.KEY_OR_END) : blankOrBroken(c);
      case KEY_OR_END -> keyOrEnd(c);
      case KEY -> key(c);
      case COLON -> c == ':' ? go(State.VALUE) : blankOrBroken(c);
      case VALUE -> value(c);
      case STRING -> string(c);
      case NESTED -> nested(c);
      case SCALAR -> scalar(c);
      case AFTER_VALUE -> afterValue(c);
      case SPILL -> spill(c);
    };
  }

  /** The text ends in the midst of the object. Returns whether a call had begun. */
  boolean finish() {
    if (started && state == State.STRING && readsArguments) {
      emit(piece.substring(1));
    }
    return started;
  }

  private Step go(State next) {
    state = next;
    return Step.MORE;
  }

  private static Step blankOrBroken(char c) {
    return isBlank(c) ? Step.MORE : Step.BROKEN;
  }

  static boolean isBlank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  private Step keyOrEnd(char c) {
    if (c == '}') {
      return end();
    }
    if (c != '"') {
      return blankOrBroken(c);
    }
    begin(c);
    return go(State.KEY);
  }

  private void begin(char c) {
    piece.setLength(0);
    piece.append(c);
    escaped = false;
  }

  private Step key(char c) {
    if (!closesString(c)) {
      return Step.MORE;
    }
    Optional<String> text = decoded();
    key = text.orElse("");
    return text.isPresent() ? go(State.COLON) : Step.BROKEN;
  }

  /** Adds a character to the string being read; true at its closing quotation mark. */
  private boolean closesString(char c) {
    piece.append(c);
    boolean closes = c == '"' && !escaped;
    escaped = c == '\\' && !escaped;
    return closes;
  }

  private Optional<String> decoded() {
    try {
      return Optional.of(MAPPER.readValue(piece.toString(), String.class));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private Step value(char c) {
    if (isBlank(c)) {
      return Step.MORE;
    }
    boolean readsName = key.equals("name") && name == null;
    readsArguments = (key.equals("arguments") || key.equals("parameters")) && !hasArguments;
    if ((readsName && c != '"') || (readsArguments && c != '{' && c != '"' && c != 'n')) {
      return Step.BROKEN;
    }
    begin(c);
    if (c == '"') {
      beginArguments();
      return go(State.STRING);
    }
    if (c == '{' || c == '[') {
      beginArguments();
      brackets.setLength(0);
      inString = false;
      state = State.NESTED;
      return nested(c);
    }
    return isScalar(c) ? go(State.SCALAR) : Step.BROKEN;
  }

  private void beginArguments() {
    if (readsArguments) {
      hasArguments = true;
      startIfKnown();
    }
  }

  private void startIfKnown() {
    if (!started && name != null && hasArguments) {
      started = true;
      sink.start(name);
      emit(earlyArguments.toString());
    }
  }

  private void emit(String fragment) {
    if (!started) {
      earlyArguments.append(fragment);
    } else if (!fragment.isEmpty()) {
      sink.arguments(fragment);
    }
  }

  private Step string(char c) {
    if (!closesString(c)) {
      return Step.MORE;
    }
    Optional<String> text = decoded();
    if (text.isEmpty()) {
      return readsArguments ? spillAll() : Step.BROKEN;
    }
    if (readsArguments) {
      emit(text.get());
    } else if (key.equals("name") && name == null) {
      if (text.get().isEmpty()) {
        return Step.BROKEN;
      }
      name = text.get();
      startIfKnown();
    }
    return memberDone();
  }

  private Step memberDone() {
    if (started) {
      raw.setLength(0);
    }
    return go(State.AFTER_VALUE);
  }

  private Step spillAll() {
    emit(piece.toString());
    return started ? go(State.SPILL) : Step.BROKEN;
  }

  private Step nested(char c) {
    if (readsArguments) {
      emit(String.valueOf(c));
    }
    if (inString) {
      inString = c != '"' || escaped;
      escaped = c == '\\' && !escaped;
      return Step.MORE;
    }
    switch (c) {
      case '"' -> {
        inString = true;
        escaped = false;
      }
      case '{', '[' -> brackets.append(c);
      case '}', ']' -> {
        if (brackets.charAt(brackets.length() - 1) != (c == '}' ? '{' : '[')) {
          return readsArguments && started ? go(State.SPILL) : Step.BROKEN;
        }
        brackets.setLength(brackets.length() - 1);
      }
      default -> {}
    }
    return brackets.isEmpty() ? memberDone() : Step.MORE;
  }

  private static boolean isScalar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '+'
        || c == '.';
  }

  private Step scalar(char c) {
    if (isScalar(c)) {
      piece.append(c);
      return Step.MORE;
    }
    if (readsArguments) {
      if (!piece.toString().equals("null")) {
        return Step.BROKEN;
      }
      beginArguments();
      emit("{}");
      raw.setLength(started ? 0 : raw.length() - 1);
      raw.append(c);
    }
    state = State.AFTER_VALUE;
    return afterValue(c);
  }

  private Step afterValue(char c) {
    return switch (c) {
      case ',' -> go(State.KEY_OR_END);
      case '}' -> end();
      default -> blankOrBroken(c);
    };
  }

  private Step spill(char c) {
    emit(String.valueOf(c));
    return Step.MORE;
  }

  private Step end() {
    if (name == null) {
      return Step.BROKEN;
    }
    if (!hasArguments) {
      hasArguments = true;
      startIfKnown();
      emit("{}");
    }
    return Step.DONE;
  }
}

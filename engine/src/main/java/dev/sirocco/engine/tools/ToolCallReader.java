package dev.sirocco.engine.tools;

import dev.sirocco.tokenizer.ToolCall;
import dev.sirocco.tokenizer.ToolCallSyntax;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells the calls of tools in an answer from its text, while it comes.
 *
 * <p>Whatever a model writes is read: what turns out to be no call is given as content, and nothing
 * is lost but white space around calls and what separates them. Arguments are passed on as they are
 * written, so those of an answer that was cut off, or of a model that errs, may be no valid JSON.
 *
 * {@snippet :
 * ToolCallReader reader = turn.newReader();
 * // for every token of the answer, in order
 * for (AnswerDelta delta : reader.add(token.id(), token.text())) {
 *   send(delta);
 * }
 * // at the end
 * reader.finish().forEach(this::send);
 * String finishReason = reader.calls().isEmpty() ? "stop" : "tool_calls";
 * }
 *
 * <p>Not thread-safe; one for each answer.
 */
public final class ToolCallReader {

  private enum Mode {
    CONTENT,
    BEFORE_CALLS,
    BEFORE_ITEM,
    CALL,
    AFTER_ITEM,
    BEFORE_CLOSE
  }

  private final int controlToken;
  private final Map<Integer, String> controlTexts;
  private final String open;
  private final String close;
  private final boolean readsCalls;
  private final CallCollector collector;
  private final StringBuilder held = new StringBuilder();
  private Mode mode;
  private boolean inArray;
  private CallObject call;

  /**
   * A reader for an answer from its beginning.
   *
   * @param syntax how the model writes calls; empty if all is to be read as text
   * @param begun whether the prompt already has the opening of a call at its end
   * @param maxCalls calls beyond this number are left out
   * @param ids gives each call its id
   */
  public ToolCallReader(
      Optional<ToolCallSyntax> syntax, boolean begun, int maxCalls, Supplier<String> ids) {
    this.readsCalls = syntax.isPresent();
    this.controlToken =
        syntax.orElse(null) instanceof ToolCallSyntax.ControlToken(int token) ? token : -1;
    if (syntax.orElse(null) instanceof ToolCallSyntax.Marks marks) {
      this.open = marks.open();
      this.close = marks.close();
      this.controlTexts = marks.controls();
    } else {
      this.open = "";
      this.close = "";
      this.controlTexts = Map.of();
    }
    this.collector = new CallCollector(maxCalls, ids);
    this.call = new CallObject(collector);
    this.mode = begun ? opened() : Mode.CONTENT;
  }

  /** A reader for an answer that is all text. */
  public static ToolCallReader ofText() {
    return new ToolCallReader(Optional.empty(), false, 0, ToolCallIds::next);
  }

  private Mode opened() {
    return open.isEmpty() ? Mode.BEFORE_CALLS : Mode.BEFORE_ITEM;
  }

  /**
   * Takes the next token of the answer.
   *
   * @param token its id; any negative number for text without a token
   * @param text the text that became certain with it
   * @return what it adds to the answer; often nothing
   */
  public List<AnswerDelta> add(int token, String text) {
    String marked = text + controlTexts.getOrDefault(token, "");
    for (int i = 0; i < marked.length(); i++) {
      add(marked.charAt(i));
    }
    if (token == controlToken && token >= 0) {
      openCalls();
    }
    return collector.take();
  }

  /** Ends the answer, and gives what was held back in case it were part of a call. */
  public List<AnswerDelta> finish() {
    giveUpCalls();
    return collector.take();
  }

  /** The answer's text so far. */
  public String content() {
    return collector.content();
  }

  /** The calls so far; the last one may be unfinished. */
  public List<ToolCall> calls() {
    return collector.calls();
  }

  private void openCalls() {
    if (mode != Mode.CONTENT) {
      giveUpCalls();
    }
    mode = Mode.BEFORE_CALLS;
  }

  /** What is held is no call: it is content. */
  private void giveUpCalls() {
    if (mode == Mode.CALL) {
      giveUpCall(false);
      return;
    }
    giveUpHeld();
  }

  /**
   * Ends a call that is not complete: if it has begun it stays, else what was read is content.
   *
   * @param broken whether the last characters belong to no call
   */
  private void giveUpCall(boolean broken) {
    boolean begun = call.finish();
    if (begun) {
      held.setLength(0);
    }
    if (broken || !begun) {
      held.append(call.leftover());
    }
    giveUpHeld();
  }

  private void giveUpHeld() {
    String rest = held.toString();
    boolean separates = collector.lastIsCall() && (rest.isBlank() || rest.strip().equals(","));
    if (!separates) {
      collector.addContent(rest);
    }
    held.setLength(0);
    mode = Mode.CONTENT;
  }

  private void add(char c) {
    switch (mode) {
      case CONTENT -> content(c);
      case BEFORE_CALLS -> beforeCalls(c);
      case BEFORE_ITEM -> beforeItem(c);
      case CALL -> call(c);
      case AFTER_ITEM -> afterItem(c);
      case BEFORE_CLOSE -> beforeClose(c);
    }
  }

  /** Holds white space, which may be followed by a call, and what may begin a mark. */
  private void content(char c) {
    if (!readsCalls) {
      collector.addContent(String.valueOf(c));
      return;
    }
    held.append(c);
    while (!held.isEmpty() && !mayBeginCall()) {
      collector.addContent(held.substring(0, 1));
      held.deleteCharAt(0);
    }
    if (!open.isEmpty() && held.toString().stripLeading().equals(open)) {
      inArray = false;
      mode = Mode.BEFORE_ITEM;
    }
  }

  private boolean mayBeginCall() {
    String rest = held.toString().stripLeading();
    return rest.isEmpty() || (!open.isEmpty() && open.startsWith(rest));
  }

  private void beforeCalls(char c) {
    if (c == '[') {
      held.append(c);
      inArray = true;
      mode = Mode.BEFORE_ITEM;
    } else {
      inArray = false;
      beforeItem(c);
    }
  }

  private void beforeItem(char c) {
    if (c == '{') {
      call = new CallObject(collector);
      mode = Mode.CALL;
      call(c);
    } else if (c == ']' && inArray && held.indexOf("[") < 0) {
      endCalls();
    } else {
      hold(c);
    }
  }

  /** White space may stand here; anything else shows that this is no call. */
  private void hold(char c) {
    held.append(c);
    if (!CallObject.isBlank(c)) {
      giveUpCalls();
    }
  }

  private void endCalls() {
    held.setLength(0);
    mode = Mode.CONTENT;
  }

  private void call(char c) {
    switch (call.add(c)) {
      case MORE -> {}
      case DONE -> {
        held.setLength(0);
        mode = afterCall();
      }
      case BROKEN -> giveUpCall(true);
    }
  }

  private Mode afterCall() {
    if (inArray) {
      return Mode.AFTER_ITEM;
    }
    return close.isEmpty() ? Mode.CONTENT : Mode.BEFORE_CLOSE;
  }

  private void afterItem(char c) {
    switch (c) {
      case ',' -> {
        held.append(c);
        mode = Mode.BEFORE_ITEM;
      }
      case ']' -> endCalls();
      case '{' -> beforeItem(c);
      default -> hold(c);
    }
  }

  private void beforeClose(char c) {
    held.append(c);
    String rest = held.toString().stripLeading();
    if (rest.equals(close)) {
      endCalls();
    } else if (!close.startsWith(rest)) {
      String text = held.toString();
      held.setLength(0);
      mode = Mode.CONTENT;
      for (int i = 0; i < text.length(); i++) {
        add(text.charAt(i));
      }
    }
  }
}

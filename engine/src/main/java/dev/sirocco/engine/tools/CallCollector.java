package dev.sirocco.engine.tools;

import dev.sirocco.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Gathers text and calls of an answer, and joins what came since it was last asked. */
final class CallCollector implements CallObject.Sink {

  private final int maxCalls;
  private final Supplier<String> ids;
  private final List<AnswerDelta> fresh = new ArrayList<>();
  private final StringBuilder freshText = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final StringBuilder arguments = new StringBuilder();
  private final List<AnswerDelta.CallStart> started = new ArrayList<>();
  private final List<ToolCall> complete = new ArrayList<>();
  private boolean textIsArguments;
  private boolean full;
  private boolean lastIsCall;

  CallCollector(int maxCalls, Supplier<String> ids) {
    this.maxCalls = maxCalls;
    this.ids = ids;
  }

  void addContent(String text) {
    if (!text.isEmpty()) {
      append(text, false);
      content.append(text);
      lastIsCall = false;
    }
  }

  @Override
  public void start(String tool) {
    lastIsCall = true;
    full = started.size() == maxCalls;
    if (!full) {
      flush();
      completeLast();
      AnswerDelta.CallStart start = new AnswerDelta.CallStart(started.size(), ids.get(), tool);
      started.add(start);
      fresh.add(start);
    }
  }

  @Override
  public void arguments(String fragment) {
    if (!full) {
      append(fragment, true);
      arguments.append(fragment);
    }
  }

  private void append(String text, boolean isArguments) {
    if (textIsArguments != isArguments) {
      flush();
      textIsArguments = isArguments;
    }
    freshText.append(text);
  }

  private void flush() {
    if (!freshText.isEmpty()) {
      String text = freshText.toString();
      freshText.setLength(0);
      fresh.add(
          textIsArguments
              ? new AnswerDelta.Arguments(started.size() - 1, text)
              : new AnswerDelta.Content(text));
    }
  }

  private void completeLast() {
    if (!started.isEmpty()) {
      complete.add(last());
      arguments.setLength(0);
    }
  }

  private ToolCall last() {
    AnswerDelta.CallStart start = started.getLast();
    return new ToolCall(start.id(), start.name(), arguments.toString());
  }

  /** Whether nothing but white space came behind the last call. */
  boolean lastIsCall() {
    return lastIsCall;
  }

  /** What is new since the last time. */
  List<AnswerDelta> take() {
    flush();
    List<AnswerDelta> taken = List.copyOf(fresh);
    fresh.clear();
    return taken;
  }

  String content() {
    return content.toString();
  }

  List<ToolCall> calls() {
    List<ToolCall> calls = new ArrayList<>(complete);
    if (!started.isEmpty()) {
      calls.add(last());
    }
    return List.copyOf(calls);
  }
}

package dev.sirocco.server.openai;

import dev.sirocco.engine.Prompt;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Reads what OpenAI's API takes as prompt or as text to embed: a text, token ids, or a list of
 * either.
 */
final class PromptInputs {

  private static final String WANTED = "a text, an array of token ids, or an array of either";

  private final ServedModel served;
  private final String name;
  private final int most;

  /**
   * A reader.
   *
   * @param name the field
   * @param most most prompts
   */
  PromptInputs(ServedModel served, String name, int most) {
    this.served = served;
    this.name = name;
    this.most = most;
  }

  /** At least one prompt. */
  List<Prompt> read(JsonFields body) {
    JsonNode value = body.any(name).orElseThrow(() -> body.missing(name, WANTED));
    if (value.isString()) {
      return List.of(Prompt.text(value.stringValue()));
    }
    if (!value.isArray() || value.isEmpty()) {
      throw JsonFields.wrong(name, value, WANTED);
    }
    if (value.get(0).isNumber()) {
      return List.of(tokens(value, name));
    }
    JsonFields.array(value, name, most);
    List<Prompt> prompts = new ArrayList<>(value.size());
    for (int i = 0; i < value.size(); i++) {
      prompts.add(one(value.get(i), name + "[" + i + "]"));
    }
    return prompts;
  }

  private Prompt one(JsonNode value, String at) {
    if (value.isString()) {
      return Prompt.text(value.stringValue());
    }
    if (value.isArray()) {
      return tokens(value, at);
    }
    throw JsonFields.wrong(at, value, "a text or an array of token ids");
  }

  private Prompt tokens(JsonNode value, String at) {
    int last = served.model().config().vocabSize() - 1;
    return new Prompt.Tokens(JsonFields.integers(value, at, Integer.MAX_VALUE, 0, last));
  }
}

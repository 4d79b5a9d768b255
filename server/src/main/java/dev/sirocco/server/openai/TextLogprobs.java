package dev.sirocco.server.openai;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.server.http.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Log-probabilities in the form of the older API: arrays side by side. Not thread-safe. */
final class TextLogprobs {

  private final TokenTexts texts;
  private final ArrayNode tokens = Json.array();
  private final ArrayNode logprobs = Json.array();
  private final ArrayNode top = Json.array();
  private final ArrayNode offsets = Json.array();
  private int offset;

  /**
   * None yet.
   *
   * @param offset where in the text the first token begins
   */
  TextLogprobs(TokenTexts texts, int offset) {
    this.texts = texts;
    this.offset = offset;
  }

  void add(AnswerEvent.Token event) {
    String text = texts.text(event.token().id());
    tokens.add(text);
    logprobs.add(TokenTexts.bounded(event.token().logProbability()));
    top.add(texts.topByText(event));
    offsets.add(offset);
    offset += text.length();
  }

  /** Where the next token begins. */
  int offset() {
    return offset;
  }

  ObjectNode toJson() {
    ObjectNode node = Json.object();
    node.set("tokens", tokens);
    node.set("token_logprobs", logprobs);
    node.set("top_logprobs", top);
    node.set("text_offset", offsets);
    return node;
  }
}

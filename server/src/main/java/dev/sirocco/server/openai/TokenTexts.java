package dev.sirocco.server.openai;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.GeneratedToken;
import dev.sirocco.engine.TokenProbability;
import dev.sirocco.server.http.Json;
import dev.sirocco.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes tokens with their log-probabilities. */
final class TokenTexts {

  /** What OpenAI writes for a probability of 0. */
  private static final double LEAST = -9999;

  private final Tokenizer tokenizer;

  TokenTexts(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Whether a token is one that people see: not an end token, nor text without a token. */
  boolean isShown(GeneratedToken token) {
    return token.id() >= 0 && !tokenizer.endOfGenerationIds().contains(token.id());
  }

  /** A token of a chat's answer, with those that could have been chosen. */
  ObjectNode withTop(AnswerEvent.Token event) {
    ObjectNode node = one(event.token().id(), event.token().logProbability());
    ArrayNode top = node.putArray("top_logprobs");
    event.top().forEach(other -> top.add(one(other.id(), other.logProbability())));
    return node;
  }

  private ObjectNode one(int id, float logProbability) {
    byte[] bytes = bytes(id);
    ObjectNode node = Json.object();
    node.put("token", bytes.length == 0 ? name(id) : new String(bytes, StandardCharsets.UTF_8));
    node.put("logprob", bounded(logProbability));
    ArrayNode array = node.putArray("bytes");
    for (byte b : bytes) {
      array.add(Byte.toUnsignedInt(b));
    }
    return node;
  }

  /** The text of a token alone. */
  String text(int id) {
    byte[] bytes = bytes(id);
    return bytes.length == 0 ? name(id) : new String(bytes, StandardCharsets.UTF_8);
  }

  /** The likeliest tokens as the older API writes them, by their texts. */
  ObjectNode topByText(AnswerEvent.Token event) {
    ObjectNode top = Json.object();
    for (TokenProbability other : event.top()) {
      if (!top.has(text(other.id()))) {
        top.put(text(other.id()), bounded(other.logProbability()));
      }
    }
    return top;
  }

  static double bounded(float logProbability) {
    return Math.max(logProbability, LEAST);
  }

  private byte[] bytes(int id) {
    return id < tokenizer.vocabSize() ? tokenizer.bytes(id) : new byte[0];
  }

  private String name(int id) {
    return id < tokenizer.vocabSize() ? tokenizer.piece(id) : "<%d>".formatted(id);
  }
}

package dev.sirocco.server.openai;

import dev.sirocco.engine.TokenRouting;
import dev.sirocco.server.http.Json;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes which experts computed the tokens of an answer: an extension of Sirocco's. */
final class RoutingJson {

  private RoutingJson() {}

  /** {@code {"routing": [token][layer][[expert, weight], …]}}. */
  static ObjectNode of(List<TokenRouting> tokens) {
    ObjectNode node = Json.object();
    ArrayNode byToken = node.putArray("routing");
    for (TokenRouting token : tokens) {
      ArrayNode byLayer = byToken.addArray();
      for (TokenRouting.Choice choice : token.layers()) {
        ArrayNode experts = byLayer.addArray();
        for (int i = 0; i < choice.experts().size(); i++) {
          experts.addArray().add(choice.experts().get(i)).add(choice.weights().get(i));
        }
      }
    }
    return node;
  }
}

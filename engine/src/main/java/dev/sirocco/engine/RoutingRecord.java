package dev.sirocco.engine;

import dev.sirocco.model.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Collects which experts computed the tokens of an answer. */
final class RoutingRecord {

  private final TreeMap<Integer, TreeMap<Integer, TokenRouting.Choice>> byToken = new TreeMap<>();

  /** Notes the choice of a row for a token of the answer; a token computed again stays the same. */
  void put(int token, int layer, Routing routing, int row) {
    List<Integer> experts = new ArrayList<>(routing.topK(row));
    List<Float> weights = new ArrayList<>(routing.topK(row));
    for (int i = 0; i < routing.topK(row); i++) {
      experts.add(routing.expert(row, i));
      weights.add(routing.weight(row, i));
    }
    byToken
        .computeIfAbsent(token, t -> new TreeMap<>())
        .put(layer, new TokenRouting.Choice(experts, weights));
  }

  /** One entry for each of the first {@code tokens} tokens. */
  List<TokenRouting> routing(int tokens) {
    List<TokenRouting> result = new ArrayList<>(tokens);
    for (int i = 0; i < tokens; i++) {
      result.add(new TokenRouting(List.copyOf(byToken.getOrDefault(i, new TreeMap<>()).values())));
    }
    return result;
  }
}

package dev.sirocco.engine.constrain.schema;

import java.net.URI;
import tools.jackson.databind.JsonNode;

/**
 * What a value can be required to satisfy. Made by {@link Terms}; those with a number are equal.
 */
sealed interface SchemaNode {

  /** Number of the node, in order of first appearance. */
  int id();

  /**
   * A schema as written.
   *
   * @param location JSON pointer within the document, for messages
   * @param base what its references are relative to
   */
  record Written(int id, JsonNode json, String location, URI base) implements SchemaNode {
    @Override
    public boolean equals(Object o) {
      return o instanceof Written n && n.id == id;
    }

    @Override
    public int hashCode() {
      return id;
    }
  }

  /** Equality with a value. */
  record Constant(int id, JsonNode value) implements SchemaNode {
    @Override
    public boolean equals(Object o) {
      return o instanceof Constant n && n.id == id;
    }

    @Override
    public int hashCode() {
      return id;
    }
  }

  /** The opposite of a term. */
  record Negation(int id, Term term) implements SchemaNode {
    @Override
    public boolean equals(Object o) {
      return o instanceof Negation n && n.id == id;
    }

    @Override
    public int hashCode() {
      return id;
    }
  }
}

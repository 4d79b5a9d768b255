package dev.sirocco.engine.constrain.schema;

import java.net.URI;
import tools.jackson.databind.JsonNode;

/** What a value can be required to satisfy. */
sealed interface SchemaNode {

  /** Number of the node, in order of first appearance. */
  int id();

  /**
   * A schema as written.
   *
   * @param location JSON pointer within the document, for messages
   * @param base what its references are relative to
   */
  record Written(int id, JsonNode json, String location, URI base) implements SchemaNode {}

  /** Equality with a value. */
  record Constant(int id, JsonNode value) implements SchemaNode {}

  /** The opposite of a term. */
  record Negation(int id, Term term) implements SchemaNode {}
}

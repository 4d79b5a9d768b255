package dev.sirocco.engine.constrain.schema;

import java.util.List;

/**
 * Schemas that a value must satisfy all at once: a conjunction, not yet worked out. Made by {@link
 * Terms}, which gives equal terms the same object.
 */
public final class Term {

  private final List<SchemaNode> nodes;

  Term(List<SchemaNode> nodes) {
    this.nodes = nodes;
  }

  List<SchemaNode> nodes() {
    return nodes;
  }
}

package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.List;
import java.util.function.Supplier;

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

  /** Where the first of the schemas is written, as a JSON pointer behind {@code #}. */
  public String location() {
    for (SchemaNode node : nodes) {
      if (node instanceof SchemaNode.Written written) {
        return written.location();
      }
    }
    return "#";
  }

  /** The result of {@code action}, whose refusal gets the location in front unless it has one. */
  public <T> T located(Supplier<T> action) {
    try {
      return action.get();
    } catch (ConstraintException e) {
      throw e.at(location());
    }
  }
}

package dev.sirocco.engine.constrain.schema;

import tools.jackson.databind.JsonNode;

/** Versions of JSON Schema, as far as they differ in what is enforced. */
enum Draft {
  DRAFT_3,
  DRAFT_4,
  DRAFT_6_7,
  DRAFT_2019_09,
  DRAFT_2020_12;

  /** The draft that {@code $schema} names; the newest if it names none that is known. */
  static Draft of(JsonNode root) {
    JsonNode schema = root.get("$schema");
    String uri = schema != null && schema.isString() ? schema.stringValue() : "";
    if (uri.contains("draft-03")) {
      return DRAFT_3;
    }
    if (uri.contains("draft-04")) {
      return DRAFT_4;
    }
    if (uri.contains("draft-06") || uri.contains("draft-07")) {
      return DRAFT_6_7;
    }
    return uri.contains("2019-09") ? DRAFT_2019_09 : DRAFT_2020_12;
  }

  /** The keyword that names a resource. */
  String idKeyword() {
    return this == DRAFT_3 || this == DRAFT_4 ? "id" : "$id";
  }

  /** Whether the keywords beside {@code $ref} mean nothing. */
  boolean refStandsAlone() {
    return compareTo(DRAFT_2019_09) < 0;
  }

  /** Whether {@code 1.0} is an integer. */
  boolean integersByValue() {
    return compareTo(DRAFT_4) > 0;
  }

  /** Whether {@code items} may be a list, with {@code additionalItems} for what follows. */
  boolean itemsMayBeList() {
    return this != DRAFT_2020_12;
  }
}

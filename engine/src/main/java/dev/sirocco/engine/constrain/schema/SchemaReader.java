package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads schemas, keeping numbers as they are written and within bounds of depth and size. */
public final class SchemaReader {

  private static final int DEEPEST = 200;
  private static final int LONGEST = 4_000_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(1000)
                          .build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private SchemaReader() {}

  /**
   * Parses a schema.
   *
   * @throws ConstraintException if it is no JSON, too deep or too long
   */
  public static JsonNode read(String schema) {
    if (schema.length() > LONGEST) {
      throw new ConstraintException(
          "the schema has %,d characters, but at most %,d are read"
              .formatted(schema.length(), LONGEST));
    }
    try {
      return MAPPER.readTree(schema);
    } catch (JacksonException e) {
      throw new ConstraintException(
          "the schema cannot be read (at most %d levels deep): %s"
              .formatted(DEEPEST, e.getOriginalMessage()));
    }
  }
}

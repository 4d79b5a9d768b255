package dev.sirocco.server.generation;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Reads which form an answer must have: {@code response_format}, {@code grammar}, {@code regex}.
 */
public final class ConstraintFields {

  private final ConstraintCache constraints;

  /** A reader for requests to a model. */
  public ConstraintFields(ServedModel served) {
    this.constraints = served.constraints();
  }

  /**
   * The form, if one is asked for.
   *
   * @throws ApiException 400 if it is wrong, too long, would not be enforced exactly, or two are
   *     given
   */
  public Optional<Constraint> read(JsonFields body) {
    Optional<Constraint> format = body.object("response_format").flatMap(this::responseFormat);
    Optional<Constraint> grammar =
        body.text("grammar").map(text -> compiled("grammar", text, constraints::grammar));
    Optional<Constraint> regex =
        body.text("regex").map(text -> compiled("regex", text, constraints::regex));
    if (Stream.of(format, grammar, regex).filter(Optional::isPresent).count() > 1) {
      throw ApiException.badField(
          grammar.isPresent() ? "grammar" : "regex",
          "an answer can have one form only; give one of response_format, grammar and regex");
    }
    return format.or(() -> grammar).or(() -> regex);
  }

  private Optional<Constraint> responseFormat(JsonFields format) {
    String type =
        format
            .oneOf("type", "text", "json_object", "json_schema")
            .orElseThrow(() -> format.missing("type", "text, json_object or json_schema"));
    return switch (type) {
      case "json_object" -> Optional.of(jsonObject());
      case "json_schema" -> {
        JsonFields named =
            format
                .object("json_schema")
                .orElseThrow(() -> format.missing("json_schema", "an object with the schema"));
        named.text("name");
        named.text("description");
        named.flag("strict", true);
        yield Optional.of(
            named
                .any("schema")
                .map(schema -> jsonSchema(named.at("schema"), Json.write(schema)))
                .orElseGet(this::jsonObject));
      }
      default -> Optional.empty();
    };
  }

  /** Any JSON object. */
  public Constraint jsonObject() {
    return jsonSchema("response_format", "{\"type\":\"object\"}");
  }

  /**
   * JSON by a schema.
   *
   * @param param the field that the schema comes from
   */
  public Constraint jsonSchema(String param, String schema) {
    return compiled(param, schema, constraints::jsonSchema);
  }

  private static Constraint compiled(
      String param, String source, BiFunction<String, String, Constraint> compiler) {
    try {
      return compiler.apply(param, source);
    } catch (ConstraintException e) {
      throw ApiException.badField(param, param + ": " + e.getMessage());
    }
  }
}

package dev.sirocco.server.generation;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.ServerLimits;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Reads which form an answer must have: {@code response_format}, {@code grammar}, {@code regex}.
 */
public final class ConstraintFields {

  private final ServedModel served;
  private final ServerLimits limits;

  /** A reader for requests to a model. */
  public ConstraintFields(ServedModel served, ServerLimits limits) {
    this.served = served;
    this.limits = limits;
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
        body.text("grammar")
            .map(text -> compile("grammar", text, limits.grammarLength(), Constraint::grammar));
    Optional<Constraint> regex =
        body.text("regex")
            .map(text -> compile("regex", text, limits.grammarLength(), Constraint::regex));
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
    return compile(param, schema, limits.schemaLength(), Constraint::jsonSchema);
  }

  private Constraint compile(
      String param,
      String source,
      int longest,
      BiFunction<String, TokenVocabulary, Constraint> compiler) {
    if (source.length() > longest) {
      throw ApiException.badField(
          param,
          "%s has %,d characters, but at most %,d are taken"
              .formatted(param, source.length(), longest));
    }
    String kind = param.equals("grammar") || param.equals("regex") ? param : "schema";
    String key = kind + ":" + source;
    return served
        .constraints()
        .find(key)
        .orElseGet(
            () -> {
              Constraint constraint = compiled(param, source, compiler);
              served.constraints().keep(key, constraint);
              return constraint;
            });
  }

  private Constraint compiled(
      String param, String source, BiFunction<String, TokenVocabulary, Constraint> compiler) {
    try {
      return compiler.apply(source, served.engine().vocabulary());
    } catch (ConstraintException e) {
      throw ApiException.badField(param, param + ": " + e.getMessage());
    }
  }
}

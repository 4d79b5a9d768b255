package dev.sirocco.engine.tools;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.schema.SchemaReader;
import dev.sirocco.tokenizer.ToolDefinition;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schema of calls, composed of the schemas of the tools' parameters.
 *
 * <p>Each of these becomes a resource of its own, with an {@code $id}, so that its references lead
 * where they did: {@code #/$defs/x} is relative to the resource.
 */
final class ToolSchemas {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> DEFINITIONS = List.of("$defs", "definitions");

  private final List<ToolDefinition> tools;
  private final Dialect dialect;
  private final Set<String> ids = new HashSet<>();

  /** Drafts of JSON Schema, as far as they write differently what is composed here. */
  private enum Dialect {
    DRAFT_3("draft-03"),
    DRAFT_4("draft-04"),
    DRAFT_6("draft-06"),
    DRAFT_7("draft-07"),
    DRAFT_2019_09("2019-09"),
    NEWEST("");

    private final String mark;

    Dialect(String mark) {
      this.mark = mark;
    }

    static Dialect of(String uri) {
      for (Dialect dialect : values()) {
        if (uri.contains(dialect.mark)) {
          return dialect;
        }
      }
      return NEWEST;
    }

    String idKeyword() {
      return compareTo(DRAFT_4) <= 0 ? "id" : "$id";
    }

    boolean refStandsAlone() {
      return compareTo(DRAFT_2019_09) < 0;
    }
  }

  private ToolSchemas(List<ToolDefinition> tools, Dialect dialect) {
    this.tools = tools;
    this.dialect = dialect;
  }

  /**
   * The schema of an array of at least one call of any of the tools.
   *
   * @param tools at least one
   * @param maxCalls most calls
   * @throws ConstraintException if the parameters of a tool are no schema, or those of two follow
   *     different drafts
   */
  static String ofArray(List<ToolDefinition> tools, int maxCalls) {
    ObjectNode array = JSON.objectNode();
    array.put("type", "array").put("minItems", 1);
    if (maxCalls < Integer.MAX_VALUE) {
      array.put("maxItems", maxCalls);
    }
    List<JsonNode> schemas = schemas(tools);
    array.set("items", new ToolSchemas(tools, dialect(tools, schemas)).anyCall(schemas));
    return withDraft(array, schemas.getFirst()).toString();
  }

  /**
   * The schema of one call of any of the tools.
   *
   * @throws ConstraintException as of {@link #ofArray}
   */
  static String ofOneCall(List<ToolDefinition> tools) {
    List<JsonNode> schemas = schemas(tools);
    ObjectNode call = new ToolSchemas(tools, dialect(tools, schemas)).anyCall(schemas);
    return withDraft(call, schemas.getFirst()).toString();
  }

  private static List<JsonNode> schemas(List<ToolDefinition> tools) {
    return tools.stream().map(ToolSchemas::schema).toList();
  }

  private static JsonNode schema(ToolDefinition tool) {
    JsonNode schema = SchemaReader.read(tool.parameters());
    if (!schema.isObject()) {
      throw new ConstraintException(
          "the parameters of tool '%s' must be a JSON Schema object".formatted(tool.name()));
    }
    return schema;
  }

  private static Dialect dialect(List<ToolDefinition> tools, List<JsonNode> schemas) {
    Dialect first = Dialect.of(draft(schemas.getFirst()));
    for (int i = 1; i < schemas.size(); i++) {
      if (Dialect.of(draft(schemas.get(i))) != first) {
        throw new ConstraintException(
            "\"$schema\" is '%s' for tool '%s' and '%s' for tool '%s'; calls can only be enforced if all tools follow one draft"
                .formatted(
                    draft(schemas.getFirst()),
                    tools.getFirst().name(),
                    draft(schemas.get(i)),
                    tools.get(i).name()));
      }
    }
    return first;
  }

  private static String draft(JsonNode schema) {
    return schema.path("$schema").asString("");
  }

  private static ObjectNode withDraft(ObjectNode schema, JsonNode like) {
    if (!draft(like).isEmpty()) {
      schema.put("$schema", draft(like));
    }
    return schema;
  }

  private ObjectNode anyCall(List<JsonNode> schemas) {
    if (schemas.size() == 1) {
      return call(0, schemas.getFirst());
    }
    ObjectNode any = JSON.objectNode();
    ArrayNode calls = any.putArray("anyOf");
    for (int i = 0; i < schemas.size(); i++) {
      calls.add(call(i, schemas.get(i)));
    }
    return any;
  }

  private ObjectNode call(int index, JsonNode parameters) {
    ObjectNode call = JSON.objectNode();
    call.put("type", "object").put("additionalProperties", false);
    call.putArray("required").add("name").add("arguments");
    ObjectNode members = call.putObject("properties");
    members.putObject("name").putArray("enum").add(tools.get(index).name());
    members.set("arguments", arguments(index, (ObjectNode) parameters));
    return call;
  }

  private ObjectNode arguments(int index, ObjectNode parameters) {
    ObjectNode resource = asResource(index, parameters);
    if (resource.path("type").asString("").equals("object")) {
      return resource;
    }
    ObjectNode both = JSON.objectNode();
    both.putArray("allOf").add(JSON.objectNode().put("type", "object")).add(resource);
    return both;
  }

  /** The schema with an {@code $id} of its own, unless it has one that no other tool's has. */
  private ObjectNode asResource(int index, ObjectNode parameters) {
    ObjectNode resource = JSON.objectNode();
    String idKeyword = dialect.idKeyword();
    String id = parameters.path(idKeyword).asString("");
    boolean keepsId = !id.isEmpty() && !id.startsWith("#") && ids.add(id);
    resource.put(idKeyword, keepsId ? id : "tool://%d/schema".formatted(index));
    if (parameters.has("$ref") && dialect.refStandsAlone()) {
      resource.putArray("allOf").addObject().set("$ref", parameters.get("$ref"));
      DEFINITIONS.stream()
          .filter(parameters::has)
          .forEach(name -> resource.set(name, parameters.get(name)));
      return resource;
    }
    parameters.properties().stream()
        .filter(member -> !member.getKey().equals(idKeyword) && !member.getKey().equals("$schema"))
        .forEach(member -> resource.set(member.getKey(), member.getValue()));
    return resource;
  }
}

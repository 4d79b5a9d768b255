package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What the files beside a tokenizer file say: {@code tokenizer_config.json}, {@code
 * added_tokens.json}, {@code generation_config.json}, {@code chat_template.jinja}; any may be
 * absent.
 *
 * @param bosName the name of the beginning-of-sequence token
 * @param eosName the name of the end-of-sequence token
 * @param endIds ids that end an answer
 */
record SideFiles(
    Optional<String> bosName,
    Optional<String> eosName,
    Optional<Boolean> addBos,
    Set<Integer> endIds,
    List<AddedToken> addedTokens,
    Optional<String> chatTemplate) {

  private static final int MOST_ADDED = 1 << 24;

  static SideFiles beside(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      folder = file.toAbsolutePath();
    }
    Path configFile = folder.resolve("tokenizer_config.json");
    Optional<JsonNode> config = object(configFile);
    return new SideFiles(
        config.flatMap(c -> tokenName(c.path("bos_token"))),
        config.flatMap(c -> tokenName(c.path("eos_token"))),
        config
            .map(c -> c.path("add_bos_token"))
            .filter(JsonNode::isBoolean)
            .map(JsonNode::booleanValue),
        endIds(folder.resolve("generation_config.json")),
        addedTokens(folder, configFile, config),
        chatTemplate(folder, config));
  }

  private static Optional<JsonNode> object(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String text = new String(TokenizerFiles.read(file), StandardCharsets.UTF_8);
    JsonNode node;
    try {
      node = Json.parse(text, file.toString());
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(String.valueOf(e.getMessage()), e);
    }
    if (!node.isObject()) {
      throw new ModelFormatException(
          "%s: found %s; wanted a JSON object".formatted(file, Json.brief(node)));
    }
    return Optional.of(node);
  }

  /** A token given by its text, or by an object with its text as content. */
  private static Optional<String> tokenName(JsonNode node) {
    JsonNode name = node.isObject() ? node.path("content") : node;
    return name.isString() ? Optional.of(name.stringValue()) : Optional.empty();
  }

  private static Set<Integer> endIds(Path file) {
    Set<Integer> ids = new HashSet<>();
    object(file)
        .map(config -> config.path("eos_token_id"))
        .ifPresent(
            node -> {
              for (JsonNode id : node.isArray() ? node : List.of(node)) {
                if (id.isInt()) {
                  ids.add(id.intValue());
                }
              }
            });
    return ids;
  }

  private static List<AddedToken> addedTokens(
      Path folder, Path configFile, Optional<JsonNode> config) {
    List<AddedToken> added = new ArrayList<>();
    JsonNode decoder = config.map(c -> c.path("added_tokens_decoder")).orElse(null);
    if (decoder != null && decoder.isObject()) {
      for (Map.Entry<String, JsonNode> entry : decoder.properties()) {
        JsonNode token = entry.getValue();
        added.add(
            new AddedToken(
                id(entry.getKey(), configFile),
                token.path("content").asString(""),
                token.path("special").asBoolean(false),
                token.path("lstrip").asBoolean(false),
                token.path("rstrip").asBoolean(false)));
      }
      return added;
    }
    Path addedFile = folder.resolve("added_tokens.json");
    object(addedFile)
        .ifPresent(
            node -> {
              for (Map.Entry<String, JsonNode> entry : node.properties()) {
                int id = id(entry.getValue().asString(""), addedFile);
                added.add(new AddedToken(id, entry.getKey(), true, false, false));
              }
            });
    return added;
  }

  private static int id(String text, Path file) {
    try {
      int id = Integer.parseInt(text);
      if (id >= 0 && id < MOST_ADDED) {
        return id;
      }
    } catch (NumberFormatException e) {
      throw new ModelFormatException(wrongId(text, file), e);
    }
    throw new ModelFormatException(wrongId(text, file));
  }

  private static String wrongId(String text, Path file) {
    return "%s: an added token has the id '%s'; wanted 0 to %d"
        .formatted(file, text, MOST_ADDED - 1);
  }

  private static Optional<String> chatTemplate(Path folder, Optional<JsonNode> config) {
    Path template = folder.resolve("chat_template.jinja");
    if (Files.exists(template)) {
      return Optional.of(new String(TokenizerFiles.read(template), StandardCharsets.UTF_8));
    }
    JsonNode node = config.map(c -> c.path("chat_template")).orElse(null);
    if (node == null || node.isString()) {
      return node == null ? Optional.empty() : Optional.of(node.stringValue());
    }
    for (JsonNode named : node) {
      if (named.path("name").asString("").equals("default") && named.path("template").isString()) {
        return Optional.of(named.path("template").stringValue());
      }
    }
    return Optional.empty();
  }

  OptionalInt bosId(Vocabulary vocabulary) {
    return controlNamed(vocabulary, bosName);
  }

  OptionalInt eosId(Vocabulary vocabulary) {
    return controlNamed(vocabulary, eosName);
  }

  private static OptionalInt controlNamed(Vocabulary vocabulary, Optional<String> name) {
    return name.isEmpty() ? OptionalInt.empty() : vocabulary.specialNamed(name.get());
  }

  Set<Integer> endOfGenerationIds(Vocabulary vocabulary, OptionalInt eos) {
    Set<Integer> ids = new HashSet<>(EndOfGeneration.of(vocabulary, eos));
    for (int id : endIds) {
      if (id >= 0 && id < vocabulary.size()) {
        ids.add(id);
      }
    }
    return ids;
  }
}

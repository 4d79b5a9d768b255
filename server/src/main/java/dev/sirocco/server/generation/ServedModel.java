package dev.sirocco.server.generation;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.Tokenizer;
import dev.sirocco.weights.ModelFormatException;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The model that is served.
 *
 * @param engine answers requests
 * @param name the model's name in the API
 * @param aliases further names
 * @param since when it was loaded
 * @param constraints forms of answers that were asked for lately
 */
public record ServedModel(
    ServingEngine engine,
    String name,
    Set<String> aliases,
    Instant since,
    ConstraintCache constraints) {

  public ServedModel {
    aliases = Set.copyOf(aliases);
  }

  /** Its text side: tokenizer, chat format, configuration. */
  public LanguageModel model() {
    return engine.model();
  }

  /**
   * Checks the name that a request asks for.
   *
   * @throws ApiException 404 {@code model_not_found} if it is another model's
   */
  public void require(String asked) {
    if (!asked.equals(name) && !aliases.contains(asked)) {
      throw ApiException.modelNotFound(asked, name);
    }
  }

  /**
   * How the model turns text into tokens.
   *
   * @throws ApiException 400 if it has no tokenizer
   */
  public Tokenizer tokenizer() {
    return read(() -> model().tokenizer());
  }

  /**
   * How the model reads conversations.
   *
   * @throws ApiException 400 if it has no tokenizer, or its template is not valid
   */
  public ChatFormat chatFormat() {
    return read(() -> model().chatFormat());
  }

  /**
   * The tokens of a prompt.
   *
   * @throws ApiException 400 if the model has no tokenizer, or its template is not valid
   */
  public int[] tokens(Prompt prompt) {
    return read(() -> model().tokens(prompt));
  }

  /** Messages about a model's files begin with their path, of which clients learn the name only. */
  private static <T> T read(Supplier<T> part) {
    try {
      return part.get();
    } catch (ModelFormatException e) {
      String message = String.valueOf(e.getMessage());
      throw ApiException.badField("model", message.replaceFirst("^(?:[^:/]*/)+", ""));
    }
  }
}

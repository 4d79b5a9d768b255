package dev.sirocco.server.generation;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.server.http.ApiException;
import java.time.Instant;
import java.util.Set;

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
}

package dev.sirocco.engine;

import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.MoeConfig;

/**
 * What a request must keep to for a model.
 *
 * @param config the model
 * @param context most tokens of a sequence
 * @param text the model's tokenizer
 */
record RequestRules(ModelConfig config, int context, ModelText text) {

  /**
   * The tokens of a prompt.
   *
   * @throws IllegalArgumentException if it is empty, longer than the context, or names a token that
   *     does not exist
   */
  int[] encode(Prompt prompt) {
    int[] ids = text.encode(prompt);
    if (ids.length > context) {
      throw new IllegalArgumentException(
          "the prompt has %d tokens, but the context holds %d; shorten the prompt or raise the option context"
              .formatted(ids.length, context));
    }
    requireTokensExist(ids);
    return ids;
  }

  /**
   * @throws IllegalArgumentException if the options do not fit the model
   */
  void check(GenerationOptions options) {
    options.logitBias().keySet().forEach(this::requireBiasExists);
    options.expertsPerToken().ifPresent(this::requireExperts);
    options.constraint().ifPresent(constraint -> requireVocabulary(constraint.vocabulary().size()));
  }

  void requireTokensExist(int[] ids) {
    for (int id : ids) {
      requireTokenExists(id);
    }
  }

  private void requireTokenExists(int id) {
    if (id < 0 || id >= config.vocabSize()) {
      throw new IllegalArgumentException(
          "token id %d is out of range; the model knows 0 to %d"
              .formatted(id, config.vocabSize() - 1));
    }
  }

  private void requireBiasExists(int id) {
    if (id < 0 || id >= config.vocabSize()) {
      throw new IllegalArgumentException(
          "logit-bias names the token %d; wanted an id from 0 to %d"
              .formatted(id, config.vocabSize() - 1));
    }
  }

  private void requireExperts(int count) {
    int most = config.moe().map(MoeConfig::nExperts).orElse(0);
    if (most == 0) {
      throw new IllegalArgumentException(
          "experts-per-token is %d, but this model is dense; leave the option out"
              .formatted(count));
    }
    Checks.range("experts-per-token", count, 1, most);
  }

  private void requireVocabulary(int size) {
    int known = text.hasTokenizer() ? text.tokenizer().vocabSize() : config.vocabSize();
    if (size != known) {
      throw new IllegalArgumentException(
          "the constraint was compiled for %d tokens, but the model has %d; compile it for the model's own vocabulary"
              .formatted(size, known));
    }
  }
}

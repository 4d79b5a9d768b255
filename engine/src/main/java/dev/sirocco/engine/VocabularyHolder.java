package dev.sirocco.engine;

import dev.sirocco.engine.constrain.core.TokenVocabulary;
import org.jspecify.annotations.Nullable;

/** Prepares a model's vocabulary for constraints once, when it is first asked for. */
final class VocabularyHolder {

  private final LanguageModel model;
  private @Nullable TokenVocabulary vocabulary;

  VocabularyHolder(LanguageModel model) {
    this.model = model;
  }

  synchronized TokenVocabulary get() {
    TokenVocabulary made = vocabulary;
    if (made == null) {
      made = TokenVocabulary.of(model.tokenizer());
      vocabulary = made;
    }
    return made;
  }
}

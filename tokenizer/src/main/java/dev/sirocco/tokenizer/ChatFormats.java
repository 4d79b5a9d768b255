package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.MistralChat.Version;
import dev.sirocco.tokenizer.TokenizerSettings.Kind;
import java.util.Optional;

/**
 * Chooses the chat format of a model.
 *
 * <p>A template that writes {@code [INST]} in Mistral's manner, or none at all, leads to Mistral's
 * own format if the tokenizer is Mistral's: by the version that its file declares, else by its
 * control tokens, else by its vocabulary. Any other template is used as it is. A model with neither
 * gets plain questions and answers.
 */
final class ChatFormats {

  private ChatFormats() {}

  static ChatFormat of(Tokenizer tokenizer) {
    Optional<String> template = tokenizer.chatTemplate();
    if (template.isEmpty() || isMistrals(template.get())) {
      Optional<Version> version = mistralVersion(tokenizer);
      if (version.isPresent()) {
        return new MistralChat(tokenizer, version.get());
      }
    }
    return template.isPresent()
        ? new TemplateChat(tokenizer, template.get())
        : new PlainChat(tokenizer);
  }

  private static boolean isMistrals(String template) {
    return template.contains("[INST]")
        && !template.contains("<<SYS>>")
        && !template.contains("[SYSTEM_PROMPT]");
  }

  private static Optional<Version> mistralVersion(Tokenizer tokenizer) {
    boolean bytes = tokenizer.settings().kind() == Kind.BYTE_LEVEL;
    Optional<String> declared = tokenizer.settings().declaredVersion();
    if (declared.isPresent()) {
      return switch (declared.get()) {
        case "v1" -> Optional.of(Version.V1);
        case "v2" -> Optional.of(Version.V2);
        case "v3" -> Optional.of(bytes ? Version.V3_TEKKEN : Version.V3);
        default -> Optional.empty();
      };
    }
    if (has(tokenizer, "[INST]") && has(tokenizer, "[TOOL_CALLS]")) {
      if (bytes) {
        return Optional.of(Version.V3_TEKKEN);
      }
      return Optional.of(has(tokenizer, "[PREFIX]") ? Version.V3 : Version.V2);
    }
    return hasFirstVocabulary(tokenizer) ? Optional.of(Version.V1) : Optional.empty();
  }

  private static boolean has(Tokenizer tokenizer, String control) {
    return tokenizer.controlId(control).isPresent();
  }

  /** Whether the vocabulary is that of Mistral's first models, which has no control tokens. */
  private static boolean hasFirstVocabulary(Tokenizer tokenizer) {
    return tokenizer.vocabSize() >= 32_000
        && tokenizer.piece(733).equals("▁[")
        && tokenizer.piece(16_289).equals("INST")
        && tokenizer.piece(28_793).equals("]");
  }
}

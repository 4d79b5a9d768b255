package dev.sirocco.engine.tools;

import java.util.Optional;

/**
 * Whether the model must, may or may not call tools.
 *
 * @param mode what is asked of it
 * @param name for {@link Mode#NAMED}: the tool that is to be called
 */
public record ToolChoice(Mode mode, Optional<String> name) {

  /** What is asked of the model. */
  public enum Mode {
    /** It decides. */
    AUTO,
    /** It answers with text. */
    NONE,
    /** It calls at least one tool of its choice. */
    REQUIRED,
    /** It calls one tool, which is named. */
    NAMED
  }

  public static final ToolChoice AUTO = new ToolChoice(Mode.AUTO, Optional.empty());
  public static final ToolChoice NONE = new ToolChoice(Mode.NONE, Optional.empty());
  public static final ToolChoice REQUIRED = new ToolChoice(Mode.REQUIRED, Optional.empty());

  public ToolChoice {
    if ((mode == Mode.NAMED) != name.isPresent()) {
      throw new IllegalArgumentException(
          "a tool choice has a name if it is named, but found %s with name %s"
              .formatted(mode, name));
    }
  }

  /** The tool with this name has to be called. */
  public static ToolChoice named(String name) {
    return new ToolChoice(Mode.NAMED, Optional.of(name));
  }

  /**
   * The choice that OpenAI's, Mistral's and Anthropic's APIs write as one word.
   *
   * @return empty if the word is none of auto, none, required, any
   */
  public static Optional<ToolChoice> ofWord(String word) {
    return switch (word) {
      case "auto" -> Optional.of(AUTO);
      case "none" -> Optional.of(NONE);
      case "required", "any" -> Optional.of(REQUIRED);
      default -> Optional.empty();
    };
  }

  /** Whether the answer can only be calls. */
  public boolean isForced() {
    return mode == Mode.REQUIRED || mode == Mode.NAMED;
  }
}

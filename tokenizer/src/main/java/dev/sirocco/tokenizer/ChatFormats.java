package dev.sirocco.tokenizer;

/** Chooses the chat format of a model. */
final class ChatFormats {

  private ChatFormats() {}

  static ChatFormat of(Tokenizer tokenizer) {
    return new PlainChat(tokenizer);
  }
}

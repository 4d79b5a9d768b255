package dev.sirocco.tokenizer;

import java.util.List;

/**
 * Questions and answers as plain text, for models that were never trained to chat: {@code Question:
 * …\nAnswer:}. The system prompt stands first, in a paragraph of its own.
 */
record PlainChat(Tokenizer tokenizer) implements ChatFormat {

  @Override
  public String name() {
    return "plain";
  }

  @Override
  public RenderedChat render(List<ChatMessage> messages, List<ToolDefinition> tools) {
    return rendered(written(messages), "Answer:", "");
  }

  @Override
  public RenderedChat renderUnfinished(List<ChatMessage> messages, List<ToolDefinition> tools) {
    String start = UnfinishedAnswer.of(messages);
    return rendered(written(messages.subList(0, messages.size() - 1)), "Answer: " + start, start);
  }

  private RenderedChat rendered(String before, String last, String answerStart) {
    String prompt = before + last;
    return new RenderedChat(
        prompt, tokenizer.encode(prompt, tokenizer.addBosByDefault(), false), answerStart);
  }

  private static String written(List<ChatMessage> messages) {
    StringBuilder text = new StringBuilder();
    for (ChatMessage message : messages) {
      switch (message.role()) {
        case SYSTEM -> text.append(message.content()).append("\n\n");
        case USER -> text.append("Question: ").append(message.content()).append('\n');
        case ASSISTANT -> text.append("Answer: ").append(message.content()).append("\n\n");
        case TOOL ->
            throw new IllegalArgumentException(
                "this model has no chat format with tools: remove the messages of role tool");
      }
    }
    return text.toString();
  }

  @Override
  public List<String> stopTexts() {
    return List.of("\nQuestion:");
  }
}

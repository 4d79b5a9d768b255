package dev.sirocco.tokenizer;

/** Who speaks in a message of a conversation. */
public enum Role {
  SYSTEM("system"),
  USER("user"),
  ASSISTANT("assistant"),
  TOOL("tool");

  private final String wireName;

  Role(String wireName) {
    this.wireName = wireName;
  }

  /** The name in JSON and in chat templates: {@code system}, {@code user}, ... */
  public String wireName() {
    return wireName;
  }
}

package dev.sirocco.engine;

import dev.sirocco.tokenizer.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A conversation with a model: remembers the messages, and keeps the keys and values of what was
 * already read, so that each turn computes only what is new.
 *
 * <p>Not thread-safe; the model under it may serve others in between.
 */
public final class ChatSession implements AutoCloseable {

  private final LanguageModel model;
  private final Session session;
  private final List<ChatMessage> messages = new ArrayList<>();
  private Optional<String> system = Optional.empty();

  ChatSession(LanguageModel model) {
    this.model = model;
    this.session = model.newSession();
  }

  /** The messages so far, the system prompt first if there is one. */
  public List<ChatMessage> messages() {
    List<ChatMessage> all = new ArrayList<>();
    system.ifPresent(text -> all.add(ChatMessage.system(text)));
    all.addAll(messages);
    return List.copyOf(all);
  }

  /** Sets the system prompt for what follows; empty for none. */
  public void setSystem(Optional<String> text) {
    system = text;
  }

  /** Forgets all messages but the system prompt. */
  public void reset() {
    messages.clear();
    session.clear();
  }

  /** Tokens whose keys and values are kept. */
  public int cachedTokens() {
    return session.cachedTokens();
  }

  /** Bytes of the kept keys and values. */
  public long cacheBytes() {
    return session.cacheBytes();
  }

  /**
   * Says something and lets the model answer. Both are remembered, a cancelled answer as far as it
   * went; if an error is thrown, neither is.
   *
   * @param user what the user says
   * @param options how to choose tokens
   * @param listener sees each token as it is chosen
   * @param cancelled asked before every step; true ends the answer
   * @throws IllegalArgumentException if the conversation no longer fits the context
   */
  public Generation send(
      String user,
      GenerationOptions options,
      Consumer<GeneratedToken> listener,
      BooleanSupplier cancelled) {
    List<ChatMessage> asked = new ArrayList<>(messages());
    asked.add(ChatMessage.user(user));
    Generation answer =
        model.generate(
            GenerationRequest.of(Prompt.chat(asked), options)
                .withListener(listener)
                .withCancellation(cancelled)
                .withSession(session));
    messages.add(ChatMessage.user(user));
    messages.add(ChatMessage.assistant(answer.text()));
    return answer;
  }

  /** Frees the kept keys and values. */
  @Override
  public void close() {
    session.close();
  }
}

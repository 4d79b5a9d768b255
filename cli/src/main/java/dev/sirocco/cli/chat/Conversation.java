package dev.sirocco.cli.chat;

import dev.sirocco.engine.ChatSession;
import dev.sirocco.engine.FinishReason;
import dev.sirocco.engine.Generation;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.Timings;
import dev.sirocco.tokenizer.ChatMessage;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a chat does with a line of input: an answer of the model, or a command that begins with a
 * slash. A line that begins with two slashes is a message that begins with one.
 *
 * <p>Not thread-safe, but {@code cancelled} may change on another thread.
 */
public final class Conversation implements AutoCloseable {

  /** The commands, for completion. */
  static final List<String> COMMANDS =
      List.of("/help", "/reset", "/system", "/stats", "/experts", "/quit");

  private static final String HELP =
      """
      /help            this list
      /reset           forget the conversation, but not the system prompt
      /system TEXT     set the system prompt; /system none removes it, /system shows it
      /stats           how long the last answer took, and how full the context is
      /experts         which experts each token of the last answer used, layer by layer
      /experts LAYER   the last answer in the colours of one layer's experts
      /quit            leave (or Ctrl-D)
      Ctrl-C stops an answer. A line that ends with \\ goes on in the next.""";

  private static final int LEAST_ROOM = 16;

  private final LanguageModel model;
  private final ChatSession session;
  private final GenerationOptions options;
  private final PrintWriter out;
  private final Palette palette;
  private final BooleanSupplier cancelled;
  private Optional<String> system = Optional.empty();
  private Optional<Generation> last = Optional.empty();

  /**
   * Starts a conversation.
   *
   * @param cancelled asked before each token; true ends the answer
   */
  public Conversation(
      LanguageModel model,
      GenerationOptions options,
      Optional<String> system,
      PrintWriter out,
      Palette palette,
      BooleanSupplier cancelled) {
    this.model = model;
    this.session = model.newChat();
    this.options = options;
    this.out = out;
    this.palette = palette;
    this.cancelled = cancelled;
    setSystem(system);
  }

  /**
   * Takes one line.
   *
   * @return whether the conversation goes on
   * @throws IllegalArgumentException if a message does not fit the context
   */
  public boolean take(String line) {
    String text = line.strip();
    if (text.isEmpty()) {
      return true;
    }
    if (text.startsWith("/") && !text.startsWith("//")) {
      String[] words = text.split("\\s+", 2);
      return command(words[0].toLowerCase(Locale.ROOT), words.length > 1 ? words[1] : "");
    }
    answer(text.startsWith("//") ? text.substring(1) : text);
    return true;
  }

  private boolean command(String name, String argument) {
    switch (name) {
      case "/help" -> out.println(HELP);
      case "/reset" -> reset();
      case "/system" -> system(argument);
      case "/stats" -> stats();
      case "/experts" -> experts(argument);
      case "/quit", "/exit" -> {
        return false;
      }
      default -> out.println("unknown command " + name + "; /help lists them");
    }
    out.flush();
    return true;
  }

  private void reset() {
    session.reset();
    last = Optional.empty();
    out.println(palette.faint("(the conversation is forgotten)"));
  }

  private void system(String text) {
    if (text.isEmpty()) {
      out.println(system.orElse(palette.faint("(no system prompt)")));
      return;
    }
    setSystem(text.equals("none") ? Optional.empty() : Optional.of(text));
    out.println(
        palette.faint(
            system.isEmpty() ? "(the system prompt is removed)" : "(the system prompt is set)"));
  }

  private void setSystem(Optional<String> text) {
    system = text;
    session.setSystem(text);
  }

  private void answer(String text) {
    makeRoom(text);
    Generation answer =
        session.send(
            text,
            options,
            token -> {
              out.print(token.text());
              out.flush();
            },
            cancelled);
    last = Optional.of(answer);
    out.println();
    if (answer.finishReason() == FinishReason.CANCELLED) {
      out.println(palette.faint("(stopped)"));
    }
    out.flush();
  }

  /** Forgets the conversation if it, the message and a short answer do not fit the context. */
  private void makeRoom(String text) {
    if (session.messages().stream().noneMatch(m -> m.equals(ChatMessage.user(m.content())))) {
      return;
    }
    List<ChatMessage> all = new ArrayList<>(session.messages());
    all.add(ChatMessage.user(text));
    if (model.tokens(Prompt.chat(all)).length + LEAST_ROOM > model.context()) {
      session.reset();
      out.println(
          palette.faint(
              "(the conversation filled the context of %d tokens and is forgotten)"
                  .formatted(model.context())));
    }
  }

  private void stats() {
    if (last.isEmpty()) {
      out.println("no answer yet");
    } else {
      Generation answer = last.get();
      Timings timings = answer.timings();
      out.println(
          String.format(
              Locale.ROOT,
              """
              prompt    %d tokens, %d of them read before; %.0f ms, %.1f tokens/s
              answer    %d tokens; %.0f ms, %.1f tokens/s; ended by %s""",
              answer.promptTokens(),
              answer.cachedTokens(),
              timings.prefillMillis(),
              timings.prefillTokensPerSecond(),
              answer.tokens().size(),
              timings.decodeMillis(),
              timings.decodeTokensPerSecond(),
              answer.finishReason().name().toLowerCase(Locale.ROOT)));
    }
    out.println(
        String.format(
            Locale.ROOT,
            """
            context   %d of %d tokens used; key/value cache %.2f MB
            model     %s, opened in %.0f ms
            kernels   %s""",
            session.cachedTokens(),
            model.context(),
            session.cacheBytes() / 1e6,
            model.files().path().getFileName(),
            model.loadMillis(),
            model.kernels()));
  }

  private void experts(String argument) {
    int nExperts = model.config().moe().map(moe -> moe.nExperts()).orElse(0);
    if (nExperts == 0) {
      out.println("this model is dense: it has no experts");
      return;
    }
    if (last.isEmpty()) {
      out.println("no answer yet");
      return;
    }
    ExpertTable table = new ExpertTable(model.tokenizer(), nExperts, palette);
    if (argument.isEmpty()) {
      table.print(last.get(), out);
      return;
    }
    int layers = model.config().nLayers();
    if (argument.matches("\\d{1,4}") && Integer.parseInt(argument) < layers) {
      table.printLayer(last.get(), Integer.parseInt(argument), out);
    } else {
      out.println("/experts takes a layer from 0 to %d, not '%s'".formatted(layers - 1, argument));
    }
  }

  /** Frees the conversation's memory. */
  @Override
  public void close() {
    session.close();
  }
}

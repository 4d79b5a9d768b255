package dev.sirocco.engine;

import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.model.Transformer;
import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.Tokenizer;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * An opened model: the entrance to Sirocco from Java.
 *
 * {@snippet :
 * try (LanguageModel model = LanguageModel.open(Path.of("model.gguf"))) {
 *   model.generate(
 *       Prompt.text("Once upon a time"),
 *       GenerationOptions.greedy(100),
 *       token -> System.out.print(token.text()));
 * }
 * }
 *
 * <p>Thread-safe: calls from several threads run one after the other; {@link #close} waits for the
 * one that runs. To compute several answers together, ask for them in one call of {@link
 * #generateAll}, or start a {@link ServingEngine}. Listeners run on the calling thread and must not
 * call the model.
 *
 * @see Engine
 * @see ChatFormat
 */
public final class LanguageModel implements AutoCloseable {

  private final ModelFiles files;
  private final ModelText text;
  private final int context;
  private final Kernels kernels;
  private final String kernelsReason;
  private final Transformer transformer;
  private final Engine engine;
  private final RequestRules rules;
  private final double loadMillis;
  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;
  private boolean serving;

  private LanguageModel(ModelFiles files, ModelOptions options, long started) {
    ModelConfig config = options.applyTo(files.config());
    this.files = files;
    this.text = new ModelText(files);
    this.context = options.context().orElse(config.maxPositions());
    KernelSelection selection = options.pickKernels();
    this.kernels = selection.kernels();
    this.kernelsReason = selection.reason();
    try {
      int maxRows = Math.min(options.chunk(), context);
      this.transformer = new Transformer(config, files, kernels, options.kvType(), maxRows);
    } catch (RuntimeException | Error e) {
      kernels.close();
      throw e;
    }
    this.engine = new Engine(transformer);
    this.rules = new RequestRules(config, context, text);
    this.loadMillis = (System.nanoTime() - started) / 1e6;
  }

  /**
   * Opens a model with {@link ModelOptions#defaults()}.
   *
   * @param path a GGUF file (of a split one, any part), or a folder in Hugging Face's or Mistral's
   *     own layout
   * @throws dev.sirocco.weights.ModelFormatException if the files are not a model that Sirocco
   *     reads
   */
  public static LanguageModel open(Path path) {
    return open(path, ModelOptions.defaults());
  }

  /**
   * Opens a model. Weights stay mapped in the file; nothing is copied.
   *
   * @throws dev.sirocco.weights.ModelFormatException if the files are not a model that Sirocco
   *     reads
   * @throws IllegalArgumentException if an option does not fit the model or the machine
   */
  public static LanguageModel open(Path path, ModelOptions options) {
    long started = System.nanoTime();
    ModelFiles files = ModelFiles.open(path);
    try {
      return new LanguageModel(files, options, started);
    } catch (RuntimeException | Error e) {
      files.close();
      throw e;
    }
  }

  /** The hyper-parameters in use, options applied. */
  public ModelConfig config() {
    return transformer.config();
  }

  /** Longest sequence in tokens, prompt and answer together. */
  public int context() {
    return context;
  }

  /** The opened files. */
  public ModelFiles files() {
    return files;
  }

  /** What computes, for people: kernels, instruction set, threads. */
  public String kernels() {
    return kernels.description();
  }

  /** Why these kernels were picked, for people. */
  public String kernelsReason() {
    return kernelsReason;
  }

  /** Short name of the kernels: {@code scalar}, {@code vector} or {@code native}. */
  public String kernelsName() {
    return kernels.name();
  }

  /** Threads that compute. */
  public int threads() {
    return kernels.threads();
  }

  /** How long opening took. */
  public double loadMillis() {
    return loadMillis;
  }

  /**
   * The model's tokenizer.
   *
   * @throws dev.sirocco.weights.ModelFormatException if there is none beside the model, or it is
   *     damaged
   */
  public Tokenizer tokenizer() {
    return text.tokenizer();
  }

  /** Whether the model has a tokenizer; without one it takes and gives token ids only. */
  public boolean hasTokenizer() {
    return text.hasTokenizer();
  }

  /**
   * The model's chat format.
   *
   * @throws dev.sirocco.weights.ModelFormatException if the model has no tokenizer or no chat
   *     format
   */
  public ChatFormat chatFormat() {
    return text.chatFormat();
  }

  /**
   * The token ids of a prompt.
   *
   * @throws IllegalArgumentException if it has no token
   */
  public int[] tokens(Prompt prompt) {
    return text.encode(prompt);
  }

  /**
   * Answers a prompt.
   *
   * @param listener sees each token as it is chosen
   * @throws IllegalArgumentException if the prompt is empty, longer than the context, or an option
   *     names a token that does not exist
   * @throws dev.sirocco.weights.ModelFormatException if the file has changed since it was opened
   * @throws dev.sirocco.model.NonFiniteException if the weights lead to NaN or infinity
   * @throws IllegalStateException if the model is closed
   */
  public Generation generate(
      Prompt prompt, GenerationOptions options, Consumer<GeneratedToken> listener) {
    return generate(GenerationRequest.of(prompt, options).withListener(listener));
  }

  /** Answers one request; errors as of the other {@code generate}. */
  public Generation generate(GenerationRequest request) {
    return generateAll(List.of(request)).getFirst();
  }

  /**
   * Answers several requests together, a batch at a time; each answer is, bit for bit, the one it
   * would be alone.
   *
   * @return the answers in the order of the requests
   */
  public List<Generation> generateAll(List<GenerationRequest> requests) {
    return exclusively(
        () -> {
          files.verifyUnchanged();
          List<Session> used = new ArrayList<>();
          try {
            List<AnswerSequence> sequences = new ArrayList<>();
            requests.forEach(r -> sequences.add(sequence(r, used)));
            run(sequences);
            closeUnkept(requests, used);
            return sequences.stream().map(s -> s.generation(loadMillis)).toList();
          } catch (RuntimeException | Error e) {
            used.forEach(Session::clear);
            closeUnkept(requests, used);
            throw e;
          }
        });
  }

  /** Steps until all are answered, or one fails. */
  private void run(List<AnswerSequence> sequences) {
    Scheduler scheduler = Scheduler.unbounded(transformer.maxRows());
    sequences.forEach(scheduler::add);
    while (!scheduler.isEmpty()) {
      engine.step(scheduler, Optional.empty());
      for (Sequence sequence : scheduler.takeFinished()) {
        sequence.failure().ifPresent(LanguageModel::raise);
      }
    }
  }

  private static void raise(RuntimeException failure) {
    throw failure;
  }

  private AnswerSequence sequence(GenerationRequest request, List<Session> used) {
    int[] prompt = rules.encode(request.prompt());
    rules.check(request.options());
    Session session = request.session().orElseGet(this::openSession);
    if (used.contains(session)) {
      throw new IllegalArgumentException("a session can take part in one request at a time only");
    }
    used.add(session);
    return new AnswerSequence(
        request.prompt(),
        prompt,
        request.options(),
        request.options().seed().orElseGet(() -> ThreadLocalRandom.current().nextLong()),
        session.memory(),
        text,
        AnswerOutlet.of(request.listener(), request.cancelled()),
        new Object(),
        new Rank(0, used.size()));
  }

  private static void closeUnkept(List<GenerationRequest> requests, List<Session> used) {
    for (int i = 0; i < used.size(); i++) {
      if (requests.get(i).session().isEmpty()) {
        used.get(i).close();
      }
    }
  }

  /** An empty sequence that keeps its cache from one prompt to the next. */
  public Session newSession() {
    return exclusively(this::openSession);
  }

  private Session openSession() {
    return new Session(transformer.newCache(context), sessions);
  }

  /** A conversation that remembers its messages, and computes only what is new in each turn. */
  public ChatSession newChat() {
    return new ChatSession(this);
  }

  /**
   * Computes the predictions after every token.
   *
   * @param tokens 1 to {@link #context} ids
   * @param sink takes the results of one position after the other
   * @throws IllegalArgumentException if there is no token, an id is out of range, or there are more
   *     than the context holds
   */
  public void logits(int[] tokens, LogitsSink sink) {
    exclusively(
        () -> {
          files.verifyUnchanged();
          score(tokens, 0, tokens.length, sink);
          return true;
        });
  }

  /** Results of the positions {@code first} to {@code end - 1} alone. */
  void scoreRows(int[] tokens, int first, int end, LogitsSink sink) {
    exclusively(
        () -> {
          score(tokens, first, end, sink);
          return true;
        });
  }

  private void score(int[] tokens, int first, int end, LogitsSink sink) {
    if (tokens.length == 0 || tokens.length > context) {
      throw new IllegalArgumentException(
          "1 to %d tokens (the context) can be computed, but %d are given; shorten the text or raise the option context"
              .formatted(context, tokens.length));
    }
    rules.requireTokensExist(tokens);
    try (Session session = openSession()) {
      new Scoring(transformer, session.memory().cache()).run(tokens, first, end, sink);
    }
  }

  private <T> T exclusively(Supplier<T> action) {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException(
          "the model is answering; a listener must not call it again before it has finished");
    }
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      if (serving) {
        throw new IllegalStateException(
            "the model answers the requests of a serving engine; submit this one to it, or close it"
                + " first");
      }
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Hands the model to a serving engine: until {@link #endServing}, the caller's thread may use the
   * transformer, and calls that compute fail.
   */
  void beginServing() {
    exclusively(() -> serving = true);
  }

  void endServing() {
    lock.lock();
    try {
      serving = false;
    } finally {
      lock.unlock();
    }
  }

  Transformer transformer() {
    return transformer;
  }

  ModelText text() {
    return text;
  }

  RequestRules rules() {
    return rules;
  }

  /**
   * Frees memory, threads and files, and closes all sessions. Closing twice does nothing.
   *
   * @throws IllegalStateException if a serving engine uses the model; close that first
   */
  @Override
  public void close() {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("a listener must not close the model that calls it");
    }
    lock.lock();
    try {
      if (serving) {
        throw new IllegalStateException(
            "a serving engine uses the model; close the engine before the model");
      }
      if (!closed) {
        closed = true;
        List.copyOf(sessions).forEach(Session::close);
        transformer.close();
        kernels.close();
        files.close();
      }
    } finally {
      lock.unlock();
    }
  }
}

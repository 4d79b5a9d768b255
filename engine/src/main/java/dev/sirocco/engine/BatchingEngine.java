package dev.sirocco.engine;

import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.weights.ModelConfig;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** The side of the serving engine that callers see; its own thread runs a {@link ServingLoop}. */
final class BatchingEngine implements ServingEngine {

  private final LanguageModel model;
  private final PoolSize size;
  private final OptionalInt window;
  private final BlockManager blocks;
  private final Inbox inbox;
  private final ServingTally tally;
  private final ServingLoop loop;
  private final Thread thread;
  private final VocabularyHolder vocabulary;

  BatchingEngine(LanguageModel model, ServingOptions options) {
    ModelConfig config = model.config();
    int budget = budget(options, model.transformer().maxRows());
    this.size = PoolSize.of(config, model.transformer().kvType(), model.context(), options);
    this.model = model;
    this.window = config.slidingWindow();
    this.vocabulary = new VocabularyHolder(model);
    this.inbox = new Inbox(options.maxRunning() + options.maxQueued());
    this.tally = new ServingTally(new EngineListeners());
    model.beginServing();
    try {
      this.blocks =
          new BlockManager(
              model.transformer().newPool(size.blocks(), options.blockTokens()),
              options.prefixCache());
      Scheduler scheduler = new Scheduler(budget, options.maxRunning(), blocks::available);
      this.loop = new ServingLoop(model, blocks, scheduler, inbox, tally);
      this.thread = Thread.ofPlatform().name("sirocco-engine").daemon().unstarted(loop);
      thread.start();
    } catch (RuntimeException | Error e) {
      model.endServing();
      throw e;
    }
  }

  private static int budget(ServingOptions options, int chunk) {
    if (options.tokenBudget() > chunk) {
      throw new IllegalArgumentException(
          "token-budget is %d, but the model was opened with a chunk of %d; lower the one or raise the other"
              .formatted(options.tokenBudget(), chunk));
    }
    return options.tokenBudget() == 0 ? chunk : options.tokenBudget();
  }

  @Override
  public LanguageModel model() {
    return model;
  }

  @Override
  public TokenVocabulary vocabulary() {
    return vocabulary.get();
  }

  @Override
  public AnswerStream submit(ServingRequest request) {
    model.files().verifyUnchanged();
    GenerationOptions options = request.options();
    int[] ids = model.rules().encode(request.prompt());
    model.rules().check(options);
    size.check(ids.length, options.maxTokens());
    AnswerChannel channel = new AnswerChannel(ids.length, request.n(), inbox::wake);
    OptionalLong deadline =
        request.deadline().map(d -> OptionalLong.of(d.toNanos())).orElse(OptionalLong.empty());
    ServedRequest served = new ServedRequest(ids.length, deadline, tally);
    long seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
    inbox.add(
        request.n(),
        first ->
            IntStream.range(0, request.n())
                .mapToObj(
                    i ->
                        new AnswerSequence(
                            request.prompt(),
                            ids,
                            options,
                            seed + i,
                            memory(true),
                            model.text(),
                            new ServedAnswer(served, channel, i, tally.listeners()),
                            channel,
                            new Rank(request.priority(), first + i)))
                .toList());
    return channel;
  }

  @Override
  public CompletableFuture<float[]> embed(int[] tokens) {
    model.files().verifyUnchanged();
    int[] ids = model.rules().encode(Prompt.tokens(tokens));
    size.check(ids.length, 0);
    CompletableFuture<float[]> result = new CompletableFuture<>();
    ServedRequest served = new ServedRequest(ids.length, OptionalLong.empty(), tally);
    EmbeddingOutlet outlet = new EmbeddingOutlet(served, result);
    inbox.add(
        1,
        first ->
            List.of(
                new EmbeddingSequence(
                    ids, model.config().dim(), memory(false), outlet, new Rank(0, first))));
    return result;
  }

  private PagedMemory memory(boolean findsPrefixes) {
    return new PagedMemory(blocks, size.context(), window, findsPrefixes);
  }

  @Override
  public int capacity() {
    return inbox.mostUnfinished();
  }

  @Override
  public EngineStatus status() {
    return loop.status().withUnfinished(inbox.unfinished());
  }

  @Override
  public void addListener(EngineListener listener) {
    tally.listeners().add(listener);
  }

  @Override
  public boolean drain(Duration deadline) throws InterruptedException {
    inbox.close("the engine answers what it has, and takes no more requests");
    return inbox.awaitEmpty(deadline.toNanos());
  }

  @Override
  public void close() {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("a listener must not close the engine that calls it");
    }
    loop.stop();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

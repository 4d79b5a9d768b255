package dev.sirocco.engine;

import dev.sirocco.model.KvPool;
import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** The engine over a pool of few blocks of 16 tokens, driven step by step by the test itself. */
final class SteppedEngine implements AutoCloseable {

  final LanguageModel model;
  final BlockManager blocks;
  final Scheduler scheduler;
  private final KvPool pool;
  private final Engine engine;
  private long arrivals;

  SteppedEngine(
      Path folder,
      ModelWeights weights,
      int blockCount,
      boolean sharing,
      int maxRunning,
      int budget) {
    Path file =
        TinyModelFiles.writeGguf(
            folder.resolve("stepped.gguf"), weights, TinyModelFiles.ExpertLayout.MERGED);
    model =
        LanguageModel.open(
            file, ModelOptions.defaults().withKernels("scalar").withThreads(1).withChunk(budget));
    pool = model.transformer().newPool(blockCount, 16);
    blocks = new BlockManager(pool, sharing);
    scheduler = new Scheduler(budget, maxRunning, blocks::available);
    engine = new Engine(model.transformer());
  }

  static SteppedEngine of(Path folder, ModelConfig config, int blockCount, int budget) {
    return new SteppedEngine(folder, TinyModels.weights(config, 42), blockCount, true, 64, budget);
  }

  /** An answer that the test looks at, holds up, and ends. */
  final class Probe implements AnswerOutlet {
    final List<GeneratedToken> tokens = new ArrayList<>();
    final List<List<TokenProbability>> tops = new ArrayList<>();
    final AnswerSequence sequence;
    boolean open = true;
    Optional<FinishReason> interruption = Optional.empty();
    Optional<Generation> end = Optional.empty();
    Optional<RuntimeException> failure = Optional.empty();
    int cached = -1;

    private Probe(int[] prompt, GenerationOptions options, int priority, Object request) {
      sequence =
          new AnswerSequence(
              Prompt.tokens(prompt),
              prompt,
              options,
              options.seed().orElse(1),
              new PagedMemory(blocks, model.context(), model.config().slidingWindow(), true),
              model.text(),
              this,
              request,
              new Rank(priority, arrivals++));
      scheduler.add(sequence);
    }

    int heldBlocks() {
      return (int)
          (sequence.memory().cache().bytes()
              / KvPool.blockBytes(model.config(), model.transformer().kvType(), 16));
    }

    @Override
    public Optional<FinishReason> interruption() {
      return interruption;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void begun(int cachedTokens) {
      cached = cachedTokens;
    }

    @Override
    public void token(GeneratedToken token, List<TokenProbability> top) {
      tokens.add(token);
      tops.add(top);
    }

    @Override
    public void end(Generation generation) {
      end = Optional.of(generation);
    }

    @Override
    public void fail(RuntimeException cause) {
      failure = Optional.of(cause);
    }

    @Override
    public OptionalLong nanosLeft() {
      return OptionalLong.empty();
    }
  }

  Probe add(int[] prompt, int maxTokens) {
    return add(prompt, greedy(maxTokens), 0, new Object());
  }

  Probe add(int[] prompt, GenerationOptions options, int priority, Object request) {
    return new Probe(prompt, options, priority, request);
  }

  /** One step; false if there was nothing to do. */
  boolean step() {
    Schedule schedule = engine.step(scheduler, Optional.empty());
    List<Sequence> finished = scheduler.takeFinished();
    finished.forEach(sequence -> sequence.deliver(0));
    return !schedule.isEmpty() || !finished.isEmpty();
  }

  void run() {
    while (step()) {
      // until nothing is left
    }
  }

  static GenerationOptions greedy(int maxTokens) {
    return GenerationOptions.builder().maxTokens(maxTokens).ignoreEos(true).build();
  }

  static int[] tokens(int count, long seed) {
    return new Random(seed).ints(count, 3, 296).toArray();
  }

  @Override
  public void close() {
    pool.close();
    model.close();
  }
}

package dev.sirocco.server.operations;

import dev.sirocco.engine.EngineListener;
import dev.sirocco.engine.FinishReason;
import dev.sirocco.weights.ModelConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongArray;

/** Meters of what an engine does. All are made beforehand, for the engine's thread has no time. */
final class EngineMeters implements EngineListener {

  private static final Duration[] WAITING = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(1)
  };

  private final Timer queueTime;
  private final Timer firstToken;
  private final Timer nextToken;
  private final Timer step;
  private final Counter promptTokens;
  private final Counter cachedTokens;
  private final Counter generatedTokens;
  private final DistributionSummary batchTokens;
  private final DistributionSummary batchSequences;
  private final Counter failed;
  private final Map<FinishReason, Counter> finished = new EnumMap<>(FinishReason.class);
  private final int experts;
  private final AtomicLongArray expertTokens;

  EngineMeters(MeterRegistry registry, ModelConfig config) {
    queueTime = timer(registry, "sirocco.queue.time", "From submission to admission");
    firstToken = timer(registry, "sirocco.time.to.first.token", "From submission to first token");
    nextToken = timer(registry, "sirocco.inter.token.time", "From a token to the next");
    step = timer(registry, "sirocco.step.time", "Of a step of the engine");
    promptTokens = registry.counter("sirocco.prompt.tokens");
    cachedTokens = registry.counter("sirocco.prompt.cached.tokens");
    generatedTokens = registry.counter("sirocco.generated.tokens");
    batchTokens = summary(registry, "sirocco.batch.tokens", "Tokens of a step");
    batchSequences = summary(registry, "sirocco.batch.size", "Sequences of a step");
    for (FinishReason reason : FinishReason.values()) {
      String name = reason.name().toLowerCase(Locale.ROOT);
      finished.put(reason, registry.counter("sirocco.answers", "reason", name));
    }
    failed = registry.counter("sirocco.answers", "reason", "error");
    experts = config.moe().map(moe -> moe.nExperts()).orElse(0);
    expertTokens = new AtomicLongArray(experts * config.nLayers());
    for (int i = 0; i < expertTokens.length(); i++) {
      int index = i;
      FunctionCounter.builder("sirocco.expert.tokens", expertTokens, all -> all.get(index))
          .tag("layer", Integer.toString(i / experts))
          .tag("expert", Integer.toString(i % experts))
          .description("Tokens that an expert computed")
          .register(registry);
    }
  }

  private static Timer timer(MeterRegistry registry, String name, String description) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(WAITING)
        .register(registry);
  }

  private static DistributionSummary summary(
      MeterRegistry registry, String name, String description) {
    return DistributionSummary.builder(name)
        .description(description)
        .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
        .register(registry);
  }

  @Override
  public void admitted(Duration waited, int prompt, int cached) {
    queueTime.record(waited);
    promptTokens.increment(prompt);
    cachedTokens.increment(cached);
  }

  @Override
  public void firstToken(Duration sinceSubmission) {
    firstToken.record(sinceSubmission);
    generatedTokens.increment();
  }

  @Override
  public void nextToken(Duration sinceLast) {
    nextToken.record(sinceLast);
    generatedTokens.increment();
  }

  @Override
  public void finished(FinishReason reason, int answerTokens) {
    Objects.requireNonNull(finished.get(reason)).increment();
  }

  @Override
  public void failed(RuntimeException cause) {
    failed.increment();
  }

  @Override
  public void stepped(int tokens, int sequences, Duration took) {
    step.record(took);
    batchTokens.record(tokens);
    batchSequences.record(sequences);
  }

  @Override
  public void routed(int layer, int expert, int tokens) {
    int index = layer * experts + expert;
    if (expert < experts && index < expertTokens.length()) {
      expertTokens.addAndGet(index, tokens);
    }
  }
}

package dev.sirocco.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One answer of a served request: puts its tokens into the channel. */
final class ServedAnswer implements AnswerOutlet {

  private final ServedRequest request;
  private final AnswerChannel channel;
  private final int choice;
  private final EngineListeners listeners;
  private OptionalLong lastToken = OptionalLong.empty();

  ServedAnswer(
      ServedRequest request, AnswerChannel channel, int choice, EngineListeners listeners) {
    this.request = request;
    this.channel = channel;
    this.choice = choice;
    this.listeners = listeners;
  }

  @Override
  public OptionalLong nanosLeft() {
    return request.nanosLeft();
  }

  @Override
  public Optional<FinishReason> interruption() {
    if (channel.isCancelled()) {
      return Optional.of(FinishReason.CANCELLED);
    }
    OptionalLong left = request.nanosLeft();
    return left.isPresent() && left.getAsLong() <= 0
        ? Optional.of(FinishReason.DEADLINE)
        : Optional.empty();
  }

  @Override
  public boolean isOpen() {
    return channel.hasRoom();
  }

  @Override
  public void begun(int cachedTokens) {
    if (request.begin(cachedTokens)) {
      channel.setCachedTokens(cachedTokens);
    }
  }

  @Override
  public void token(GeneratedToken token, List<TokenProbability> top) {
    if (token.id() >= 0) {
      tellTime();
    }
    channel.put(new AnswerEvent.Token(choice, token, top));
  }

  private void tellTime() {
    long now = System.nanoTime();
    if (lastToken.isPresent()) {
      Duration since = Duration.ofNanos(now - lastToken.getAsLong());
      listeners.tell(listener -> listener.nextToken(since));
    } else {
      listeners.tell(listener -> listener.firstToken(request.sinceSubmission()));
    }
    lastToken = OptionalLong.of(now);
  }

  @Override
  public void end(Generation generation) {
    listeners.tell(l -> l.finished(generation.finishReason(), generation.tokens().size()));
    channel.end(new AnswerEvent.End(choice, generation));
  }

  /** Ends all answers of the request. */
  @Override
  public void fail(RuntimeException cause) {
    listeners.tell(listener -> listener.failed(cause));
    channel.fail(cause);
  }
}

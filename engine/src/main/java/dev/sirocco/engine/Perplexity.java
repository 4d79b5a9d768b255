package dev.sirocco.engine;

import dev.sirocco.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How well a model predicts a text, by llama.cpp's definition.
 *
 * <p>The text is tokenized once, with BOS if the model wants one, and cut into windows of N tokens;
 * an incomplete last one is dropped. In each window the first token is replaced by BOS (if the
 * model wants one), and the predictions at the positions N/2 to N-2 (of the tokens at N/2+1 to N-1)
 * are scored, so that each has at least half a window to go by. With N = 256 that makes 127 scores
 * a window. Perplexity is the exponential of their mean negative log-likelihood.
 */
public final class Perplexity {

  /**
   * The result so far.
   *
   * @param windowsDone windows scored
   * @param windows windows in all
   * @param tokens tokens scored
   * @param nll mean negative log-likelihood of a token, in nats
   * @param perplexity exponential of {@code nll}
   * @param stderr standard error of {@code perplexity}; 0 for fewer than two tokens
   */
  public record Result(
      int windowsDone, int windows, long tokens, double nll, double perplexity, double stderr) {}

  private static final int LEAST_WINDOW = 4;

  private final LanguageModel model;
  private long count;
  private double sum;
  private double sumOfSquares;

  private Perplexity(LanguageModel model) {
    this.model = model;
  }

  /**
   * Measures the perplexity of a text.
   *
   * @param model the model
   * @param text at least one window
   * @param window tokens of a window, 4 to the model's context
   * @param mostWindows stop after so many windows; if empty, measure all
   * @param progress sees the running result after each window
   * @throws IllegalArgumentException if the window does not fit the context, or the text does not
   *     fill a window
   */
  public static Result measure(
      LanguageModel model,
      String text,
      int window,
      OptionalInt mostWindows,
      Consumer<Result> progress) {
    Tokenizer tokenizer = model.tokenizer();
    OptionalInt bos = tokenizer.addBosByDefault() ? tokenizer.bosId() : OptionalInt.empty();
    int[] tokens = tokenizer.encode(text, bos.isPresent(), false);
    return measure(model, tokens, bos, window, mostWindows, progress);
  }

  /**
   * Measures the perplexity of a text that is already tokenized.
   *
   * @param bos replaces the first token of each window, if present
   * @throws IllegalArgumentException as above
   */
  public static Result measure(
      LanguageModel model,
      int[] tokens,
      OptionalInt bos,
      int window,
      OptionalInt mostWindows,
      Consumer<Result> progress) {
    if (window < LEAST_WINDOW || window > model.context()) {
      throw new IllegalArgumentException(
          "a window of perplexity must have %d tokens or more, and fit the context of %d, but has %d"
              .formatted(LEAST_WINDOW, model.context(), window));
    }
    mostWindows.ifPresent(n -> Checks.range("chunks", n, 1, Integer.MAX_VALUE));
    if (tokens.length < window) {
      throw new IllegalArgumentException(
          "the text has %d tokens, but a window takes %d; give a longer text or a smaller context"
              .formatted(tokens.length, window));
    }
    int windows = Math.min(tokens.length / window, mostWindows.orElse(Integer.MAX_VALUE));
    return new Perplexity(model).run(tokens, window, windows, bos, progress);
  }

  private Result run(
      int[] tokens, int window, int windows, OptionalInt bos, Consumer<Result> progress) {
    Result result = new Result(0, windows, 0, 0, 1, 0);
    for (int w = 0; w < windows; w++) {
      int[] part = Arrays.copyOfRange(tokens, w * window, (w + 1) * window);
      if (bos.isPresent()) {
        part[0] = bos.getAsInt();
      }
      model.scoreRows(
          part,
          window / 2,
          window - 1,
          (position, logits, routers) -> add(-LogSoftmax.of(logits, part[position + 1])));
      result = result(w + 1, windows);
      progress.accept(result);
    }
    return result;
  }

  private void add(double nll) {
    count++;
    sum += nll;
    sumOfSquares += nll * nll;
  }

  private Result result(int windowsDone, int windows) {
    double mean = sum / count;
    double perplexity = Math.exp(mean);
    double variance = Math.max(0, sumOfSquares / count - mean * mean);
    double stderr = count > 1 ? perplexity * Math.sqrt(variance / (count - 1)) : 0;
    return new Result(windowsDone, windows, count, mean, perplexity, stderr);
  }
}

package dev.sirocco.cli;

import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.Prompt;
import dev.sirocco.kernels.MachineLimits;
import dev.sirocco.model.NonFiniteException;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFormatException;
import dev.sirocco.weights.ParameterAccount;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Whether a model can be used on this machine, and how fast it could be. */
final class ModelExamination {

  private static final int CONTEXT = 64;

  private ModelExamination() {}

  /** Opens the model, computes a token, and notes what was found. */
  static void of(Path path, Optional<MachineLimits> limits, DoctorReport.Notes notes) {
    ModelOptions options = ModelOptions.defaults().withContext(CONTEXT);
    try (LanguageModel model = LanguageModel.open(path, options)) {
      long weights = model.files().weightBytes();
      notes.ok(
          "model",
          "%s: %s, %s of weights"
              .formatted(path, model.config().architecture(), Amounts.bytes(weights)));
      noteMemory(weights, notes);
      model.generate(
          Prompt.tokens(0),
          GenerationOptions.builder().temperature(0).maxTokens(1).ignoreEos(true).build(),
          token -> {});
      notes.ok("model answers", "a token was computed");
      limits.ifPresent(found -> noteReach(model.config(), weights, found, notes));
    } catch (ModelFormatException
        | NonFiniteException
        | IllegalArgumentException
        | IllegalStateException
        | UncheckedIOException e) {
      notes.failed("model", Failures.describe(e));
    }
  }

  private static void noteMemory(long weights, DoctorReport.Notes notes) {
    Optional<Long> available = MemoryInfo.availableBytes();
    if (available.isEmpty()) {
      return;
    }
    String text =
        "weights %s, available %s"
            .formatted(Amounts.bytes(weights), Amounts.bytes(available.get()));
    if (weights <= available.get()) {
      notes.ok("model memory", text);
    } else {
      notes.failed(
          "model memory",
          text
              + "; weights would be read from disk again and again: free memory, or use a file with"
              + " fewer bits");
    }
  }

  /** What no kernels could exceed: all weights of a token read once; all its multiply-adds. */
  private static void noteReach(
      ModelConfig config, long weights, MachineLimits limits, DoctorReport.Notes notes) {
    ParameterAccount account = ParameterAccount.of(config);
    long table = config.tiedEmbeddings() ? 0 : account.embeddings() / 2;
    double read = (double) weights * (account.activePerToken() - table) / account.total();
    double macs = account.activePerToken() - account.embeddings();
    double rate = limits.int4().orElse(limits.fp32());
    notes.info(
        "model limits",
        String.format(
            Locale.ROOT,
            "prefill below %.0f tokens/s (%.3g multiply-accumulates a token), decode of one"
                + " sequence below %.0f tokens/s (%s a token)",
            rate / macs,
            macs,
            limits.read() / read,
            Amounts.bytes((long) read)));
  }
}

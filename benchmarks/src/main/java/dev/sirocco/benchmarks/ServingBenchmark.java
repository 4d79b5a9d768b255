package dev.sirocco.benchmarks;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.engine.ServingRequest;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Measures how much sooner an engine answers requests together than one after the other; see {@link
 * ServingLoad}.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp ...
 *     dev.sirocco.benchmarks.ServingBenchmark MODEL [requests] [prompt tokens] [answer tokens]
 *     [token budget, 0 for all] [kernels]
 * </pre>
 */
public final class ServingBenchmark {

  private ServingBenchmark() {}

  /** Runs the benchmark and prints what it measured. */
  public static void main(String[] args) throws Exception {
    ModelOptions options = ModelOptions.defaults().withKernels(args.length > 5 ? args[5] : "auto");
    ServingOptions serving = ServingOptions.defaults().withTokenBudget(argument(args, 4, 0));
    try (LanguageModel model = LanguageModel.open(Path.of(args[0]), options);
        ServingEngine engine = ServingEngine.start(model, serving)) {
      System.out.printf("%s (%s)%n", model.kernels(), model.kernelsReason());
      new ServingLoad(
              (prompt, tokens, arrived) -> answer(engine, prompt, tokens, arrived),
              argument(args, 2, 256),
              argument(args, 3, 64),
              model.config().vocabSize(),
              System.out)
          .compare(argument(args, 1, 8));
    }
  }

  /** The number at an index of the arguments. */
  static int argument(String[] args, int index, int usual) {
    return args.length > index ? Integer.parseInt(args[index]) : usual;
  }

  private static void answer(ServingEngine engine, int[] prompt, int answerTokens, Runnable arrived)
      throws InterruptedException {
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(answerTokens).ignoreEos(true).build();
    try (AnswerStream stream = engine.submit(ServingRequest.of(Prompt.tokens(prompt), options))) {
      for (Optional<AnswerEvent> e = stream.next(); e.isPresent(); e = stream.next()) {
        if (e.get() instanceof AnswerEvent.Token) {
          arrived.run();
        }
      }
    }
  }
}

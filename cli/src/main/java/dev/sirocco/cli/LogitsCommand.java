package dev.sirocco.cli;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.SafetensorsWriter;
import dev.sirocco.weights.SafetensorsWriter.Array;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sirocco logits}: writes a model's raw predictions to a file. */
@Command(
    name = "logits",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the logits after every token, and a mixture's router logits, to a file.",
      "Tensors: logits [T, V]; for a mixture router_logits.{layer} [T, E]; all F32."
    })
final class LogitsCommand implements Callable<Integer> {

  @ParentCommand private SiroccoCommand program;
  @Mixin private ModelArgument model;
  @Mixin private ComputeOptions compute;

  @ArgGroup(multiplicity = "1")
  private TokensSource tokens;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "F.safetensors",
      description = "The file to write.")
  private Path output;

  @Override
  public Integer call() throws IOException {
    compute.toModelOptions();
    if (Files.isDirectory(output)) {
      throw new CommandFailure(output + ": is a folder; name the file to write");
    }
    int[] ids = tokens.read().toArray();
    try (LanguageModel opened = compute.open(model.path());
        SafetensorsWriter writer =
            SafetensorsWriter.create(output, arrays(opened.config(), ids.length))) {
      opened.logits(ids, (position, logits, routerLogits) -> append(writer, logits, routerLogits));
      writer.finish();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    program.streams().err().println("wrote " + ids.length + " positions to " + output);
    return 0;
  }

  private static List<Array> arrays(ModelConfig config, int tokens) {
    List<Array> arrays = new ArrayList<>();
    arrays.add(Array.floats("logits", tokens, config.vocabSize()));
    config
        .moe()
        .ifPresent(
            moe -> {
              for (int layer = 0; layer < config.nLayers(); layer++) {
                arrays.add(Array.floats(routerLogitsName(layer), tokens, moe.nExperts()));
              }
            });
    return arrays;
  }

  private static void append(SafetensorsWriter writer, float[] logits, float[][] routerLogits) {
    try {
      writer.append("logits", logits);
      for (int layer = 0; layer < routerLogits.length; layer++) {
        writer.append(routerLogitsName(layer), routerLogits[layer]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String routerLogitsName(int layer) {
    return "router_logits." + layer;
  }
}

package dev.sirocco.weights;

import dev.sirocco.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;

/**
 * An opened model: a GGUF file, a Hugging Face folder or one of Mistral's own, whatever its names
 * for things. The weights stay in the mapped files; opening reads headers and configuration only,
 * and checks the presence and shape of every tensor.
 *
 * <p>Immutable and safe for use by several threads; tensors and metadata are valid until {@link
 * #close}, which must not run while another thread computes with them.
 *
 * @see dev.sirocco.weights.TensorNames
 */
public final class ModelFiles implements ModelWeights, AutoCloseable {

  private static final String HUGGING_FACE_CONFIG = "config.json";
  private static final String MISTRAL_CONFIG = "params.json";

  private final Path path;
  private final ModelConfig config;
  private final Map<String, Tensor> source;
  private final Map<String, Tensor> tensors;
  private final Storage storage;

  /** The files under a model. */
  private sealed interface Storage {
    void verifyUnchanged();

    void close();

    record Gguf(GgufFile file) implements Storage {
      @Override
      public void verifyUnchanged() {
        file.verifyUnchanged();
      }

      @Override
      public void close() {
        file.close();
      }
    }

    record Folder(SafetensorsFolder files) implements Storage {
      @Override
      public void verifyUnchanged() {
        files.verifyUnchanged();
      }

      @Override
      public void close() {
        files.close();
      }
    }
  }

  private ModelFiles(
      Path path,
      ModelConfig config,
      NameScheme names,
      Map<String, Tensor> source,
      Storage storage) {
    this.path = path;
    this.config = config;
    this.source = Collections.unmodifiableMap(source);
    this.storage = storage;
    this.tensors = TensorBinder.bind(path, config, names, source);
  }

  /**
   * Opens a model.
   *
   * @param path a GGUF file (of a split model any shard), a Hugging Face folder ({@code
   *     config.json} and safetensors) or a folder of Mistral's ({@code params.json} and {@code
   *     consolidated*.safetensors}); a folder with both is read as Hugging Face's
   * @throws ModelFormatException if a file is missing, unreadable, malformed, or of a model that
   *     Sirocco does not run; the message names file, field, value and remedy
   */
  public static ModelFiles open(Path path) {
    if (Files.isDirectory(path)) {
      return openFolder(path);
    }
    if (String.valueOf(path.getFileName()).endsWith(".safetensors")) {
      throw new ModelFormatException(
          path + ": holds weights without their configuration; name the folder it is in");
    }
    return openGguf(path);
  }

  /**
   * Reads the configuration of a model whose weights are not there.
   *
   * @param path a {@code config.json} or {@code params.json}, or a folder with one of them
   * @return empty if the path is neither, or the folder holds weights; {@link #open} reads those
   * @throws ModelFormatException if the configuration is unreadable, malformed, or of a model that
   *     Sirocco does not run
   */
  public static Optional<ModelConfig> configWithoutWeights(Path path) {
    if (Files.isRegularFile(path)) {
      return configFile(path);
    }
    if (!Files.isDirectory(path)
        || SafetensorsFolder.isPresent(path, "model")
        || SafetensorsFolder.isPresent(path, "consolidated")) {
      return Optional.empty();
    }
    Path huggingFace = path.resolve(HUGGING_FACE_CONFIG);
    Path config = Files.exists(huggingFace) ? huggingFace : path.resolve(MISTRAL_CONFIG);
    return Files.exists(config) ? configFile(config) : Optional.empty();
  }

  private static Optional<ModelConfig> configFile(Path file) {
    return switch (String.valueOf(file.getFileName())) {
      case HUGGING_FACE_CONFIG -> Optional.of(HuggingFaceConfig.read(file));
      case MISTRAL_CONFIG -> Optional.of(MistralConfig.read(file));
      default -> Optional.empty();
    };
  }

  private static ModelFiles openGguf(Path path) {
    GgufFile file = GgufFile.open(path);
    try {
      return new ModelFiles(
          path, GgufConfig.read(file), NameScheme.GGUF, file.tensors(), new Storage.Gguf(file));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static ModelFiles openFolder(Path folder) {
    boolean huggingFace = Files.exists(folder.resolve(HUGGING_FACE_CONFIG));
    boolean mistral = Files.exists(folder.resolve(MISTRAL_CONFIG));
    if (!huggingFace && !mistral) {
      throw new ModelFormatException(
          "%s: has neither %s nor %s; name a model's folder, or a .gguf file"
              .formatted(folder, HUGGING_FACE_CONFIG, MISTRAL_CONFIG));
    }
    if (huggingFace && (!mistral || SafetensorsFolder.isPresent(folder, "model"))) {
      ModelConfig config = HuggingFaceConfig.read(folder.resolve(HUGGING_FACE_CONFIG));
      return openFolder(folder, config, NameScheme.HUGGING_FACE, "model");
    }
    ModelConfig config = MistralConfig.read(folder.resolve(MISTRAL_CONFIG));
    return openFolder(folder, config, NameScheme.MISTRAL, "consolidated");
  }

  private static ModelFiles openFolder(
      Path folder, ModelConfig config, NameScheme names, String stem) {
    SafetensorsFolder files = SafetensorsFolder.open(folder, stem);
    try {
      return new ModelFiles(folder, config, names, files.tensors(), new Storage.Folder(files));
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /** The path that was given to {@link #open}. */
  public Path path() {
    return path;
  }

  /** The folder that the model is, unless it is a GGUF file; tokenizer files lie there. */
  public Optional<Path> folder() {
    return storage instanceof Storage.Folder ? Optional.of(path) : Optional.empty();
  }

  /** The metadata of a GGUF file, tokenizer and chat template among them. */
  public Optional<GgufMetadata> ggufMetadata() {
    return storage instanceof Storage.Gguf(GgufFile file)
        ? Optional.of(file.metadata())
        : Optional.empty();
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new ModelFormatException(path + ": the model has no tensor " + name);
    }
    return tensor;
  }

  /** All tensors as the files have them, under the files' names; unmodifiable. */
  public Map<String, Tensor> sourceTensors() {
    return source;
  }

  /** Bytes of all tensors in the files. */
  public long weightBytes() {
    return source.values().stream().mapToLong(t -> t.data().byteSize()).sum();
  }

  /**
   * Checks that no file changed since the model was opened. Mapped files must stay as they are: one
   * that is cut short cannot be read safely.
   *
   * @throws ModelFormatException if the size or the time of last change of a file differs
   */
  public void verifyUnchanged() {
    storage.verifyUnchanged();
  }

  /**
   * Unmaps all files; tensors and metadata cannot be read afterwards. A second call does nothing.
   */
  @Override
  public void close() {
    storage.close();
  }
}

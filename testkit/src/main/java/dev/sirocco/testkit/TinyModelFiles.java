package dev.sirocco.testkit;

import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.GgufWriter;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.SafetensorsWriter;
import dev.sirocco.weights.TensorNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes tiny models in the layouts of the world outside: GGUF with the experts of a layer in one
 * tensor or in one each, and a Hugging Face folder. The weights are interleaved for rotation, as
 * GGUF has them; the folder gets them half-split.
 */
public final class TinyModelFiles {

  /** How a GGUF file stores experts. */
  public enum ExpertLayout {
    /** One tensor {@code ffn_gate_exps} for all experts of a layer. */
    MERGED,
    /** One tensor {@code ffn_gate.N} for each expert. */
    ONE_EACH
  }

  private TinyModelFiles() {}

  /** Writes a GGUF file with the tokenizer of {@link TinyVocabulary}; returns {@code path}. */
  public static Path writeGguf(Path path, ModelWeights weights, ExpertLayout layout) {
    GgufWriter writer = gguf(weights, layout);
    try {
      writer.write(path);
      return path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The content of {@link #writeGguf}, to be changed before it is written. */
  public static GgufWriter gguf(ModelWeights weights, ExpertLayout layout) {
    ModelConfig config = weights.config();
    GgufWriter writer = new GgufWriter();
    writer
        .string("general.architecture", "llama")
        .string("general.name", "tiny random model")
        .uint32("llama.context_length", config.maxPositions())
        .uint32("llama.embedding_length", config.dim())
        .uint32("llama.block_count", config.nLayers())
        .uint32("llama.feed_forward_length", config.hiddenDim())
        .uint32("llama.attention.head_count", config.nHeads())
        .uint32("llama.attention.head_count_kv", config.nKvHeads())
        .float32("llama.attention.layer_norm_rms_epsilon", config.normEps())
        .uint32("llama.rope.dimension_count", config.headDim())
        .float32("llama.rope.freq_base", (float) config.rope().theta())
        .uint32("llama.vocab_size", config.vocabSize());
    config.slidingWindow().ifPresent(w -> writer.uint32("llama.attention.sliding_window", w));
    config
        .moe()
        .ifPresent(
            moe ->
                writer
                    .uint32("llama.expert_count", moe.nExperts())
                    .uint32("llama.expert_used_count", moe.topK()));
    TinyVocabulary.addTo(writer);
    ggufTensors(weights, layout).forEach(writer::tensor);
    return writer;
  }

  private static List<Tensor> ggufTensors(ModelWeights weights, ExpertLayout layout) {
    Map<String, List<Tensor>> merged = new LinkedHashMap<>();
    List<Tensor> tensors = new ArrayList<>();
    for (String name : TinyModels.names(weights.config())) {
      Tensor tensor = weights.tensor(name);
      Optional<String> mergedName = mergedName(name);
      if (layout == ExpertLayout.MERGED && mergedName.isPresent()) {
        merged.computeIfAbsent(mergedName.get(), n -> new ArrayList<>()).add(tensor);
      } else {
        tensors.add(renamed(tensor, ggufName(name)));
      }
    }
    merged.forEach((name, experts) -> tensors.add(stacked(name, experts)));
    return tensors;
  }

  private static String ggufName(String name) {
    return switch (name) {
      case TensorNames.TOK_EMBEDDINGS -> "token_embd.weight";
      case TensorNames.NORM -> "output_norm.weight";
      default ->
          name.replaceFirst("^layers\\.", "blk.")
              .replace("attention_norm", "attn_norm")
              .replaceFirst("attention\\.w([qkv])", "attn_$1")
              .replace("attention.wo", "attn_output")
              .replace("feed_forward.gate.", "ffn_gate_inp.")
              .replaceFirst("feed_forward\\.experts\\.(\\d+)\\.(w\\d)", "feed_forward.$2.$1")
              .replace("feed_forward.w1", "ffn_gate")
              .replace("feed_forward.w2", "ffn_down")
              .replace("feed_forward.w3", "ffn_up");
    };
  }

  private static Optional<String> mergedName(String name) {
    return name.contains(".experts.")
        ? Optional.of(ggufName(name).replaceFirst("\\.\\d+\\.weight$", "_exps.weight"))
        : Optional.empty();
  }

  private static Tensor stacked(String name, List<Tensor> parts) {
    long size = parts.getFirst().data().byteSize();
    MemorySegment data = Arena.ofAuto().allocate(size * parts.size(), 64);
    for (int i = 0; i < parts.size(); i++) {
      MemorySegment.copy(parts.get(i).data(), 0, data, i * size, size);
    }
    List<Long> shape = new ArrayList<>(parts.getFirst().shape());
    shape.addFirst((long) parts.size());
    return new Tensor(name, parts.getFirst().dtype(), shape, data);
  }

  /** Writes a Hugging Face folder without a tokenizer; returns {@code folder}. */
  public static Path writeHuggingFace(Path folder, ModelWeights weights) {
    ModelConfig config = weights.config();
    List<Tensor> tensors =
        TinyModels.names(config).stream().map(n -> huggingFace(config, weights.tensor(n))).toList();
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.json"), json(config));
      List<SafetensorsWriter.Array> arrays =
          tensors.stream()
              .map(t -> new SafetensorsWriter.Array(t.name(), t.dtype(), t.shape()))
              .toList();
      Path file = folder.resolve("model.safetensors");
      try (SafetensorsWriter writer = SafetensorsWriter.create(file, arrays)) {
        for (Tensor tensor : tensors) {
          writer.append(tensor.name(), tensor);
        }
        writer.finish();
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String json(ModelConfig config) {
    String moe =
        config
            .moe()
            .map(
                m ->
                    ", \"num_local_experts\": %d, \"num_experts_per_tok\": %d"
                        .formatted(m.nExperts(), m.topK()))
            .orElse("");
    return """
        {"model_type": "%s", "hidden_size": %d, "num_hidden_layers": %d, "intermediate_size": %d,
         "num_attention_heads": %d, "num_key_value_heads": %d, "head_dim": %d, "vocab_size": %d,
         "max_position_embeddings": %d, "rms_norm_eps": %s, "rope_theta": %s,
         "sliding_window": %s, "tie_word_embeddings": %s%s}
        """
        .formatted(
            config.moe().isPresent() ? "mixtral" : "mistral",
            config.dim(),
            config.nLayers(),
            config.hiddenDim(),
            config.nHeads(),
            config.nKvHeads(),
            config.headDim(),
            config.vocabSize(),
            config.maxPositions(),
            config.normEps(),
            config.rope().theta(),
            config.slidingWindow().isPresent() ? config.slidingWindow().getAsInt() : "null",
            config.tiedEmbeddings(),
            moe);
  }

  private static Tensor huggingFace(ModelConfig config, Tensor tensor) {
    String name = huggingFaceName(tensor.name(), config.moe().isPresent());
    boolean rotated = name.endsWith("q_proj.weight") || name.endsWith("k_proj.weight");
    return rotated ? halfSplit(name, tensor, config.headDim()) : renamed(tensor, name);
  }

  private static String huggingFaceName(String name, boolean mixture) {
    return switch (name) {
      case TensorNames.TOK_EMBEDDINGS -> "model.embed_tokens.weight";
      case TensorNames.NORM -> "model.norm.weight";
      case TensorNames.OUTPUT -> "lm_head.weight";
      default -> {
        String common =
            "model."
                + name.replace("attention_norm", "input_layernorm")
                    .replace("ffn_norm", "post_attention_layernorm")
                    .replaceFirst("attention\\.w([qkvo])", "self_attn.$1_proj");
        yield mixture
            ? common.replace("feed_forward", "block_sparse_moe")
            : common
                .replace("feed_forward.w1", "mlp.gate_proj")
                .replace("feed_forward.w2", "mlp.down_proj")
                .replace("feed_forward.w3", "mlp.up_proj");
      }
    };
  }

  /** Moves rows 0, 2, 4… of each head to its first half, and 1, 3, 5… to its second. */
  private static Tensor halfSplit(String name, Tensor tensor, int headDim) {
    MemorySegment data = Arena.ofAuto().allocate(tensor.data().byteSize(), 64);
    long rowBytes = tensor.rowBytes();
    for (int row = 0; row < tensor.rows(); row++) {
      int head = row / headDim;
      int at = row % headDim;
      int target = head * headDim + at / 2 + (at % 2) * headDim / 2;
      MemorySegment.copy(tensor.data(), row * rowBytes, data, target * rowBytes, rowBytes);
    }
    return new Tensor(name, tensor.dtype(), tensor.shape(), data);
  }

  private static Tensor renamed(Tensor tensor, String name) {
    return new Tensor(name, tensor.dtype(), tensor.shape(), tensor.data());
  }
}

package dev.sirocco.weights;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Model files of one layer, small enough to break in every place: dimension 32, 2 query heads and 1
 * key/value head of 16, 64 hidden units, 7 tokens, and for a mixture 2 experts.
 */
final class TinyFiles {

  static final String HF_CONFIG =
      """
      {"model_type": "mistral", "hidden_size": 32, "num_hidden_layers": 1, "intermediate_size": 64,
       "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 7,
       "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
       "sliding_window": null, "tie_word_embeddings": false, "head_dim": null}
      """;

  static final String MISTRAL_PARAMS =
      """
      {"dim": 32, "n_layers": 1, "head_dim": 16, "hidden_dim": 64, "n_heads": 2, "n_kv_heads": 1,
       "norm_eps": 1e-5, "vocab_size": 7, "moe": {"num_experts": 2, "num_experts_per_tok": 1}}
      """;

  private TinyFiles() {}

  /** A tensor whose elements all differ. */
  static Tensor tensor(String name, DType dtype, long... shape) {
    List<Long> dimensions = Arrays.stream(shape).boxed().toList();
    MemorySegment data = Arena.ofAuto().allocate(Tensor.byteSize(name, dtype, dimensions), 8);
    for (long i = 0; i < data.byteSize(); i++) {
      data.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7 + name.hashCode()));
    }
    return new Tensor(name, dtype, dimensions, data);
  }

  static GgufWriter metadata() {
    return new GgufWriter()
        .string("general.architecture", "llama")
        .uint32("llama.block_count", 1)
        .uint32("llama.context_length", 128)
        .uint32("llama.embedding_length", 32)
        .uint32("llama.feed_forward_length", 64)
        .uint32("llama.attention.head_count", 2)
        .uint32("llama.attention.head_count_kv", 1)
        .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .strings("tokenizer.ggml.tokens", List.of("a", "b", "c", "d", "e", "f", "g"));
  }

  private static GgufWriter withAttention(GgufWriter writer) {
    return writer
        .tensor(tensor("token_embd.weight", DType.Q8_0, 7, 32))
        .tensor(tensor("output_norm.weight", DType.F32, 32))
        .tensor(tensor("output.weight", DType.Q4_0, 7, 32))
        .tensor(tensor("blk.0.attn_norm.weight", DType.F32, 32))
        .tensor(tensor("blk.0.attn_q.weight", DType.Q4_0, 32, 32))
        .tensor(tensor("blk.0.attn_k.weight", DType.F16, 16, 32))
        .tensor(tensor("blk.0.attn_v.weight", DType.F16, 16, 32))
        .tensor(tensor("blk.0.attn_output.weight", DType.Q4_0, 32, 32))
        .tensor(tensor("blk.0.ffn_norm.weight", DType.F32, 32));
  }

  static GgufWriter dense() {
    return withAttention(metadata())
        .tensor(tensor("blk.0.ffn_gate.weight", DType.Q4_0, 64, 32))
        .tensor(tensor("blk.0.ffn_down.weight", DType.Q4_0, 32, 64))
        .tensor(tensor("blk.0.ffn_up.weight", DType.Q4_0, 64, 32));
  }

  private static GgufWriter mixture() {
    return withAttention(metadata())
        .uint32("llama.expert_count", 2)
        .uint32("llama.expert_used_count", 1)
        .tensor(tensor("blk.0.ffn_gate_inp.weight", DType.F32, 2, 32));
  }

  static GgufWriter mergedMixture() {
    return mixture()
        .tensor(tensor("blk.0.ffn_gate_exps.weight", DType.Q4_0, 2, 64, 32))
        .tensor(tensor("blk.0.ffn_down_exps.weight", DType.Q4_0, 2, 32, 64))
        .tensor(tensor("blk.0.ffn_up_exps.weight", DType.Q4_0, 2, 64, 32));
  }

  static GgufWriter oldMixture() {
    GgufWriter writer = mixture();
    for (int e = 0; e < 2; e++) {
      writer
          .tensor(tensor("blk.0.ffn_gate." + e + ".weight", DType.Q4_0, 64, 32))
          .tensor(tensor("blk.0.ffn_down." + e + ".weight", DType.Q4_0, 32, 64))
          .tensor(tensor("blk.0.ffn_up." + e + ".weight", DType.Q4_0, 64, 32));
    }
    return writer;
  }

  static Path write(GgufWriter writer, Path folder) throws IOException {
    Path path = folder.resolve("tiny.gguf");
    writer.write(path);
    return path;
  }

  /** The tensors that {@link #HF_CONFIG} asks for. */
  static Map<String, Tensor> huggingFaceTensors() {
    String layer = "model.layers.0.";
    return byName(
        tensor("model.embed_tokens.weight", DType.BF16, 7, 32),
        tensor("model.norm.weight", DType.F32, 32),
        tensor("lm_head.weight", DType.F16, 7, 32),
        tensor(layer + "input_layernorm.weight", DType.F32, 32),
        tensor(layer + "self_attn.q_proj.weight", DType.F16, 32, 32),
        tensor(layer + "self_attn.k_proj.weight", DType.F16, 16, 32),
        tensor(layer + "self_attn.v_proj.weight", DType.F16, 16, 32),
        tensor(layer + "self_attn.o_proj.weight", DType.F16, 32, 32),
        tensor(layer + "post_attention_layernorm.weight", DType.F32, 32),
        tensor(layer + "mlp.gate_proj.weight", DType.F16, 64, 32),
        tensor(layer + "mlp.down_proj.weight", DType.F16, 32, 64),
        tensor(layer + "mlp.up_proj.weight", DType.F16, 64, 32));
  }

  /** The tensors that {@link #MISTRAL_PARAMS} ask for. */
  static Map<String, Tensor> mistralTensors() {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(tensor("tok_embeddings.weight", DType.BF16, 7, 32));
    tensors.add(tensor("norm.weight", DType.BF16, 32));
    tensors.add(tensor("output.weight", DType.BF16, 7, 32));
    tensors.add(tensor("layers.0.attention_norm.weight", DType.BF16, 32));
    tensors.add(tensor("layers.0.attention.wq.weight", DType.BF16, 32, 32));
    tensors.add(tensor("layers.0.attention.wk.weight", DType.BF16, 16, 32));
    tensors.add(tensor("layers.0.attention.wv.weight", DType.BF16, 16, 32));
    tensors.add(tensor("layers.0.attention.wo.weight", DType.BF16, 32, 32));
    tensors.add(tensor("layers.0.ffn_norm.weight", DType.BF16, 32));
    tensors.add(tensor("layers.0.feed_forward.gate.weight", DType.BF16, 2, 32));
    for (int e = 0; e < 2; e++) {
      String expert = "layers.0.feed_forward.experts." + e + ".";
      tensors.add(tensor(expert + "w1.weight", DType.BF16, 64, 32));
      tensors.add(tensor(expert + "w2.weight", DType.BF16, 32, 64));
      tensors.add(tensor(expert + "w3.weight", DType.BF16, 64, 32));
    }
    return byName(tensors.toArray(Tensor[]::new));
  }

  private static Map<String, Tensor> byName(Tensor... tensors) {
    Map<String, Tensor> map = new LinkedHashMap<>();
    for (Tensor tensor : tensors) {
      map.put(tensor.name(), tensor);
    }
    return map;
  }

  /** Writes a safetensors file of the given tensors. */
  static Path safetensors(Path path, Iterable<Tensor> tensors) throws IOException {
    List<SafetensorsWriter.Array> arrays = new ArrayList<>();
    for (Tensor tensor : tensors) {
      arrays.add(new SafetensorsWriter.Array(tensor.name(), tensor.dtype(), tensor.shape()));
    }
    try (SafetensorsWriter writer = SafetensorsWriter.create(path, arrays)) {
      for (Tensor tensor : tensors) {
        writer.append(tensor.name(), tensor);
      }
      writer.finish();
    }
    return path;
  }

  static Path huggingFace(Path folder, String config) throws IOException {
    Files.writeString(folder.resolve("config.json"), config);
    safetensors(folder.resolve("model.safetensors"), huggingFaceTensors().values());
    return folder;
  }

  static Path mistral(Path folder, String params) throws IOException {
    Files.writeString(folder.resolve("params.json"), params);
    safetensors(folder.resolve("consolidated.safetensors"), mistralTensors().values());
    return folder;
  }
}

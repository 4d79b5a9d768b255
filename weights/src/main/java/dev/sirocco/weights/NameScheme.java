package dev.sirocco.weights;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names that one family of files gives to a model's tensors, as templates: {@code {l}} stands
 * for the layer, {@code {e}} for the expert.
 *
 * @param feedForward dense matrices
 * @param expert matrices of one expert each
 * @param mergedExperts matrices of all experts of a layer in one tensor [E, out, in]; empty if the
 *     family has none
 * @param ignored patterns of tensors that carry nothing we need
 */
record NameScheme(
    String embeddings,
    String norm,
    String output,
    String attentionNorm,
    String wq,
    String wk,
    String wv,
    String wo,
    String ffnNorm,
    Matrices feedForward,
    String gate,
    Matrices expert,
    Optional<Matrices> mergedExperts,
    Set<String> ignored) {

  /** Names of the gate (w1), down (w2) and up (w3) matrices. */
  record Matrices(String w1, String w2, String w3) {

    /** The name of {@code w1}, {@code w2} or {@code w3}. */
    String of(String matrix) {
      return switch (matrix) {
        case "w1" -> w1;
        case "w2" -> w2;
        case "w3" -> w3;
        default -> throw new IllegalArgumentException("no feed-forward matrix " + matrix);
      };
    }
  }

  /** What a GGUF file divides rotary frequencies by; part of the configuration, not of a layer. */
  static final String ROPE_FREQUENCIES = "rope_freqs.weight";

  static final NameScheme GGUF =
      new NameScheme(
          "token_embd.weight",
          "output_norm.weight",
          "output.weight",
          "blk.{l}.attn_norm.weight",
          "blk.{l}.attn_q.weight",
          "blk.{l}.attn_k.weight",
          "blk.{l}.attn_v.weight",
          "blk.{l}.attn_output.weight",
          "blk.{l}.ffn_norm.weight",
          new Matrices(
              "blk.{l}.ffn_gate.weight", "blk.{l}.ffn_down.weight", "blk.{l}.ffn_up.weight"),
          "blk.{l}.ffn_gate_inp.weight",
          new Matrices(
              "blk.{l}.ffn_gate.{e}.weight",
              "blk.{l}.ffn_down.{e}.weight",
              "blk.{l}.ffn_up.{e}.weight"),
          Optional.of(
              new Matrices(
                  "blk.{l}.ffn_gate_exps.weight",
                  "blk.{l}.ffn_down_exps.weight",
                  "blk.{l}.ffn_up_exps.weight")),
          Set.of("blk\\.\\d+\\.attn_rot_embd(\\.weight)?", Pattern.quote(ROPE_FREQUENCIES)));

  static final NameScheme HUGGING_FACE =
      new NameScheme(
          "model.embed_tokens.weight",
          "model.norm.weight",
          "lm_head.weight",
          "model.layers.{l}.input_layernorm.weight",
          "model.layers.{l}.self_attn.q_proj.weight",
          "model.layers.{l}.self_attn.k_proj.weight",
          "model.layers.{l}.self_attn.v_proj.weight",
          "model.layers.{l}.self_attn.o_proj.weight",
          "model.layers.{l}.post_attention_layernorm.weight",
          new Matrices(
              "model.layers.{l}.mlp.gate_proj.weight",
              "model.layers.{l}.mlp.down_proj.weight",
              "model.layers.{l}.mlp.up_proj.weight"),
          "model.layers.{l}.block_sparse_moe.gate.weight",
          new Matrices(
              "model.layers.{l}.block_sparse_moe.experts.{e}.w1.weight",
              "model.layers.{l}.block_sparse_moe.experts.{e}.w2.weight",
              "model.layers.{l}.block_sparse_moe.experts.{e}.w3.weight"),
          Optional.empty(),
          Set.of("model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq"));

  static final NameScheme MISTRAL =
      new NameScheme(
          TensorNames.TOK_EMBEDDINGS,
          TensorNames.NORM,
          TensorNames.OUTPUT,
          "layers.{l}.attention_norm.weight",
          "layers.{l}.attention.wq.weight",
          "layers.{l}.attention.wk.weight",
          "layers.{l}.attention.wv.weight",
          "layers.{l}.attention.wo.weight",
          "layers.{l}.ffn_norm.weight",
          new Matrices(
              "layers.{l}.feed_forward.w1.weight",
              "layers.{l}.feed_forward.w2.weight",
              "layers.{l}.feed_forward.w3.weight"),
          "layers.{l}.feed_forward.gate.weight",
          new Matrices(
              "layers.{l}.feed_forward.experts.{e}.w1.weight",
              "layers.{l}.feed_forward.experts.{e}.w2.weight",
              "layers.{l}.feed_forward.experts.{e}.w3.weight"),
          Optional.empty(),
          Set.of("rope\\.freqs"));

  /** Fills the layer into a template. */
  static String at(String template, int layer) {
    return template.replace("{l}", Integer.toString(layer));
  }

  /** Fills layer and expert into a template. */
  static String at(String template, int layer, int expert) {
    return at(template, layer).replace("{e}", Integer.toString(expert));
  }

  boolean ignores(String name) {
    return ignored.stream().anyMatch(name::matches);
  }
}

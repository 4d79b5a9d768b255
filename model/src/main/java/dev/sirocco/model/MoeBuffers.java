package dev.sirocco.model;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.weights.ModelConfig;
import java.lang.foreign.Arena;

/**
 * Memory that the mixture layers of a model take turns with.
 *
 * @param logits router logits [T, E]
 * @param in gathered tokens of one expert [T, D]
 * @param out what the expert made of them [T, D]
 */
record MoeBuffers(FloatMatrix logits, FloatMatrix in, FloatMatrix out) {

  static MoeBuffers allocate(Arena arena, ModelConfig config, int rows) {
    return new MoeBuffers(
        FloatMatrix.allocate(arena, rows, config.moe().orElseThrow().nExperts()),
        FloatMatrix.allocate(arena, rows, config.dim()),
        FloatMatrix.allocate(arena, rows, config.dim()));
  }
}

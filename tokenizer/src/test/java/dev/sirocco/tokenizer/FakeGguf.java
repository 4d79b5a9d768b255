package dev.sirocco.tokenizer;

import dev.sirocco.weights.GgufMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** GGUF metadata from a map. */
final class FakeGguf implements GgufMetadata {

  private final Map<String, Object> values = new HashMap<>();

  FakeGguf with(String key, Object value) {
    values.put("tokenizer." + key, value);
    return this;
  }

  FakeGguf without(String key) {
    values.remove("tokenizer." + key);
    return this;
  }

  /** A SentencePiece vocabulary of three special tokens and four pieces. */
  static FakeGguf sentencePiece() {
    return new FakeGguf()
        .with("ggml.model", "llama")
        .with("ggml.tokens", List.of("<unk>", "<s>", "</s>", "▁", "a", "b", "ab"))
        .with("ggml.scores", new float[] {0, 0, 0, -1, -2, -3, 0})
        .with("ggml.token_type", new long[] {2, 3, 3, 1, 1, 1, 1})
        .with("ggml.bos_token_id", 1L)
        .with("ggml.eos_token_id", 2L);
  }

  /** A byte-level vocabulary of a control token and four words. */
  static FakeGguf byteLevel() {
    return new FakeGguf()
        .with("ggml.model", "gpt2")
        .with("ggml.pre", "gpt-2")
        .with("ggml.tokens", List.of("<|im_end|>", "a", "b", "ab", "Ġ", "Ġab"))
        .with("ggml.token_type", new long[] {3, 1, 1, 1, 1, 1})
        .with("ggml.merges", List.of("a b", "Ġ ab"))
        .with("ggml.eos_token_id", 0L);
  }

  Tokenizer load() {
    return GgufVocabulary.tokenizer("model.gguf", this);
  }

  private <T> Optional<T> get(String key, Class<T> type) {
    @Nullable Object value = values.get(key);
    return value == null ? Optional.empty() : Optional.of(type.cast(value));
  }

  @Override
  public Set<String> keys() {
    return values.keySet();
  }

  @Override
  public Optional<String> string(String key) {
    return get(key, String.class);
  }

  @Override
  public Optional<Long> integer(String key) {
    return get(key, Long.class);
  }

  @Override
  public Optional<Double> number(String key) {
    return get(key, Double.class);
  }

  @Override
  public Optional<Boolean> bool(String key) {
    return get(key, Boolean.class);
  }

  @Override
  @SuppressWarnings("unchecked") // the tests put lists of strings only
  public Optional<List<String>> strings(String key) {
    return get(key, List.class).map(list -> (List<String>) list);
  }

  @Override
  public Optional<long[]> integers(String key) {
    return get(key, long[].class);
  }

  @Override
  public Optional<float[]> floats(String key) {
    return get(key, float[].class);
  }

  @Override
  public String describe(String key) {
    return String.valueOf(values.get(key));
  }
}

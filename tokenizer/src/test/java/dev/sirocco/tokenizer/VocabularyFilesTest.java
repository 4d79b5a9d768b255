package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Tokenizers in GGUF files, against llama.cpp's results. */
class VocabularyFilesTest {

  @ParameterizedTest
  @ValueSource(strings = {"ggml-vocab-llama-spm.gguf", "ggml-vocab-llama-bpe.gguf"})
  void everyTextOfAVocabularyFileGivesTheReferenceIds(String name) throws IOException {
    Path file = SharedFiles.file("tokenizers/" + name);
    Tokenizer tokenizer = Tokenizer.load(file);
    List<String> texts =
        List.of(
            Files.readString(SharedFiles.file("tokenizers/" + name + ".inp"))
                .split("\n__ggml_vocab_test__\n"));
    List<String> results = Files.readAllLines(SharedFiles.file("tokenizers/" + name + ".out"));
    assertThat(texts).hasSameSizeAs(results);
    for (int i = 0; i < results.size(); i++) {
      String line = results.get(i).strip();
      int[] ids =
          line.isEmpty()
              ? new int[0]
              : Arrays.stream(line.split(" ")).mapToInt(Integer::parseInt).toArray();
      assertThat(tokenizer.encode(texts.get(i), false, false)).as(texts.get(i)).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).isEqualTo(texts.get(i));
    }
  }

  @Test
  void everyTextOfSmolLm2GivesTheReferenceIds() {
    Tokenizer tokenizer =
        Tokenizer.load(SharedFiles.file("models/SmolLM2-135M-Instruct.Q4_1.gguf"));
    assertThat(tokenizer.addBosByDefault()).isFalse();
    JsonNode cases =
        SharedFiles.json("models/SmolLM2-135M-Instruct.expected.json").path("tokenize");
    assertThat(cases.size()).isGreaterThan(20);
    for (JsonNode expected : cases) {
      String text = expected.path("text").stringValue();
      int[] ids = SharedFiles.ids(expected.path("ids"));
      assertThat(tokenizer.encode(text, false, true)).as(text).isEqualTo(ids);
    }
  }

  @Test
  void stories260kContinuesItsPromptAsTheReferenceDoes() {
    Tokenizer tokenizer = Tokenizer.load(SharedFiles.file("models/stories260K.gguf"));
    JsonNode expected = SharedFiles.json("models/stories260K.expected.json");
    StreamingDecoder decoder = tokenizer.continuingDecoder();
    StringBuilder text = new StringBuilder();
    for (int id : SharedFiles.ids(expected.path("tokens"))) {
      text.append(decoder.next(id));
    }
    assertThat(text.append(decoder.finish()).toString())
        .isEqualTo(expected.path("content").stringValue());
    assertThat(tokenizer.addBosByDefault()).isTrue();
    assertThat(tokenizer.encode("Once upon a time", true, false)).startsWith(1);
  }
}

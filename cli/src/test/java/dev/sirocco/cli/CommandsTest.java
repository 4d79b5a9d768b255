package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.testkit.ReferenceTensors;
import dev.sirocco.testkit.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands that measure and show: what their JSON holds, and that it is right. */
class CommandsTest {

  private static final String TINY = Execution.TINY.toString();

  @TempDir private Path folder;

  @Test
  void tokenizeGivesIdsAndPieces() {
    JsonNode json =
        Execution.of("tokenize", "--model", TINY, "--text", "Once upon", "--json").json();
    assertThat(json.propertyNames()).containsExactly("tokens", "pieces");
    assertThat(json.get("tokens").toString()).isEqualTo("[1,1175,338,1038]");
    assertThat(json.get("pieces").toString()).isEqualTo("[\"<s>\",\"▁On\",\"ce\",\"▁upon\"]");
  }

  @Test
  void controlTokensInATextAreTextUnlessAskedFor() {
    String[] plain = {"tokenize", "--tokenizer", TINY, "--text", "</s>", "--no-bos", "--json"};
    assertThat(Execution.of(plain).json().get("tokens").toString()).isNotEqualTo("[2]");
    String[] parsed = {
      "tokenize", "--tokenizer", TINY, "--text", "</s>", "--no-bos", "--parse-special", "--json"
    };
    assertThat(Execution.of(parsed).json().get("tokens").toString()).isEqualTo("[2]");
  }

  @Test
  void detokenizeGivesBackTheText() throws IOException {
    String text = "Der König aß 3 Äpfel, 王.";
    String ids =
        Execution.of("tokenize", "--model", TINY, "--text", text, "--json")
            .json()
            .get("tokens")
            .toString();
    Path file = Files.writeString(folder.resolve("ids.json"), ids);
    JsonNode json =
        Execution.of("detokenize", "--model", TINY, "--tokens-file", file.toString(), "--json")
            .json();
    assertThat(json.get("text").asString()).isEqualTo(text);
    assertThat(json.get("tokens").toString()).isEqualTo(ids);
    assertThat(Execution.of("detokenize", "--model", TINY, "--tokens-file", file.toString()).out())
        .isEqualTo(text + System.lineSeparator());
  }

  @Test
  void aChatIsShownAsTheModelReadsIt() throws IOException {
    Path messages =
        Files.writeString(
            folder.resolve("messages.json"),
            "[{\"role\": \"user\", \"content\": \"Hello there\"}]");
    JsonNode json =
        Execution.of("tokenize", "--model", TINY, "--chat", messages.toString(), "--json").json();
    assertThat(json.propertyNames()).containsExactly("tokens", "pieces", "text");
    assertThat(json.get("text").asString()).contains("Hello there");
  }

  @Test
  void toolsThatAChatFormatCannotShowAreRefused() throws IOException {
    Path messages =
        Files.writeString(
            folder.resolve("messages.json"), "[{\"role\": \"user\", \"content\": \"Weather?\"}]");
    Path tools =
        Files.writeString(
            folder.resolve("tools.json"),
            "[{\"type\": \"function\", \"function\": {\"name\": \"weather\", \"parameters\": {}}}]");
    String[] chat = {"tokenize", "--chat", messages.toString(), "--tools", tools.toString()};
    Path first = Shared.path("tokenizers/mistral-v1.tokenizer.model");
    Execution refused = run(chat, "--tokenizer", first.toString());
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err())
        .startsWith("sirocco: the chat format mistral-v1 has no place for tools")
        .contains(tools.toString(), "leave out --tools");
    Path third = Shared.path("tokenizers/mistral-v3.tokenizer.model");
    assertThat(run(chat, "--tokenizer", third.toString()).out()).contains("[AVAILABLE_TOOLS]");
  }

  @Test
  void constrainTellsWhereATextIsStopped() throws IOException {
    Path texts = Files.writeString(folder.resolve("texts.json"), "[\"ab12\",\"ab1x\"]");
    JsonNode json =
        Execution.of(
                "constrain",
                "--model",
                TINY,
                "--regex",
                "[a-z]+\\d+",
                "--texts",
                texts.toString(),
                "--json")
            .json();
    assertThat(json.propertyNames())
        .containsExactly("results", "prepare_us", "compile_us", "mask_us");
    assertThat(json.get("results").toString())
        .isEqualTo(
            "[{\"text\":\"ab12\",\"admitted\":true},"
                + "{\"text\":\"ab1x\",\"admitted\":false,\"stopped_at\":3}]");
  }

  @Test
  void constrainRunsASuiteOfSchemas() throws IOException {
    Path suite =
        Files.writeString(
            folder.resolve("suite.jsonl"),
            """
            {"name":"good","schema":{"type":"integer"},"tests":[{"valid":true,"data":1},{"valid":false,"data":"x"}]}
            {"name":"remote","schema":{"$ref":"a.json"},"tests":[]}
            """);
    JsonNode json =
        Execution.of("constrain", "--model", TINY, "--suite", suite.toString(), "--json").json();
    assertThat(json.get("passing").asInt()).isEqualTo(1);
    assertThat(json.get("refused").asInt()).isEqualTo(1);
    assertThat(json.get("failures").get(0).get("name").asString()).isEqualTo("remote");
    assertThat(json.get("mask_us").propertyNames()).containsExactly("p50", "p99", "max");
  }

  @Test
  void inspectAccountsForTheParametersOfAMixture() {
    JsonNode json = Execution.of("inspect", TINY, "--context", "512", "--json").json();
    JsonNode parameters = json.get("parameters");
    long attention = 4L * 256 * 2 * (256 + 128);
    long experts = 4L * 8 * 3 * 256 * 256;
    assertThat(parameters.get("attention").asLong()).isEqualTo(attention);
    assertThat(parameters.get("experts").asLong()).isEqualTo(experts);
    assertThat(parameters.get("total").asLong()).isEqualTo(9_185_536);
    assertThat(parameters.get("active_per_token").asLong()).isEqualTo(9_185_536 - experts * 6 / 8);
    assertThat(json.get("hyper_parameters").get("top_k").asInt()).isEqualTo(2);
    assertThat(json.get("hyper_parameters").get("sliding_window").isNull()).isTrue();
    assertThat(json.get("tensors").get("Q8_0").get("count").asInt()).isEqualTo(30);
    assertThat(json.get("memory").get("kv_cache_bytes").asLong()).isEqualTo(2L * 4 * 128 * 512 * 2);
  }

  @Test
  void inspectShowsTheCacheWithAndWithoutTheWindow() {
    JsonNode memory =
        Execution.of("inspect", TINY, "--context", "1024", "--window", "128", "--json")
            .json()
            .get("memory");
    assertThat(memory.get("kv_cache_bytes_without_window").asLong())
        .isEqualTo(8 * memory.get("kv_cache_bytes").asLong());
    assertThat(Execution.of("inspect", TINY, "--window", "128").out())
        .contains("window 128", "no window", "experts per token    2", "9.19 M");
  }

  @Test
  void inspectAccountsForMixtral8x7BFromItsConfigurationAlone() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("config.json"),
            """
            {"model_type": "mixtral", "hidden_size": 4096, "num_hidden_layers": 32,
             "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
             "vocab_size": 32000, "max_position_embeddings": 32768, "rms_norm_eps": 1e-5,
             "rope_theta": 1e6, "num_local_experts": 8, "num_experts_per_tok": 2}
            """);
    for (Path path : List.of(folder, config)) {
      String report = Execution.of("inspect", path.toString(), "--context", "32768").out();
      assertThat(report)
          .containsPattern("total +46.70 B")
          .containsPattern("attention +1.34 B")
          .containsPattern("experts +45.10 B")
          .containsPattern("active per token +12.88 B")
          .containsPattern("d_ff / d_model +3.500")
          .containsPattern("weights +93.4. GB")
          .contains("none here; memory is told for 16 bits a parameter");
    }
  }

  @Test
  void inspectAccountsForMistral7BFromItsOwnParametersAlone() throws IOException {
    Files.writeString(
        folder.resolve("params.json"),
        """
        {"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32,
         "n_kv_heads": 8, "norm_eps": 1e-05, "vocab_size": 32000, "sliding_window": 4096}
        """);
    JsonNode json = Execution.of("inspect", folder.toString(), "--json").json();
    assertThat(json.get("parameters").get("total").asLong()).isEqualTo(7_241_732_096L);
    assertThat(json.get("tensors").isEmpty()).isTrue();
    JsonNode memory = json.get("memory");
    assertThat(memory.get("weight_bytes").asLong()).isEqualTo(2 * 7_241_732_096L);
    assertThat(memory.get("kv_cache_bytes_without_window").asLong())
        .isEqualTo(8 * memory.get("kv_cache_bytes").asLong());
  }

  @Test
  void inspectOfAFolderWithoutModelOrConfigurationTellsWhatIsMissing() {
    Execution refused = Execution.of("inspect", folder.toString());
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).contains("config.json", "params.json").hasLineCount(1);
  }

  @Test
  void logitsAreWrittenWithTheRoutersOnes() {
    Path whole = folder.resolve("whole.safetensors");
    Path pieces = folder.resolve("pieces.safetensors");
    String[] arguments = {"logits", "--model", TINY, "--tokens", "1,1175,338,1038,262"};
    assertThat(run(arguments, "--output", whole.toString()).status()).isZero();
    assertThat(run(arguments, "--output", pieces.toString(), "--chunk", "2").status()).isZero();
    ReferenceTensors written = ReferenceTensors.read(whole);
    assertThat(written.floats("logits")).hasSize(5 * 4096);
    assertThat(written.floats("router_logits.0")).hasSize(5 * 8);
    assertThat(written.floats("router_logits.3")).hasSize(5 * 8);
    assertThat(written.has("router_logits.4")).isFalse();
    ReferenceTensors chunked = ReferenceTensors.read(pieces);
    assertThat(chunked.floats("logits")).isEqualTo(written.floats("logits"));
    assertThat(chunked.floats("router_logits.2")).isEqualTo(written.floats("router_logits.2"));
  }

  @Test
  void logitsOfATokenThatDoesNotExistLeaveNoFile() {
    Path output = folder.resolve("none.safetensors");
    Execution execution =
        Execution.of(
            "logits", "--model", TINY, "--tokens", "1,5000", "--output", output.toString());
    assertThat(execution.status()).isEqualTo(1);
    assertThat(execution.err()).contains("token id 5000 is out of range");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void thePerplexityOfTheDefaultModelIsTheExactOne() {
    Path text = Shared.path("models/sirocco-tiny-heldout.txt");
    JsonNode json =
        Execution.of(
                "perplexity",
                "--model",
                TINY,
                "--file",
                text.toString(),
                "--context",
                "256",
                "--chunks",
                "2",
                "--kernels",
                "scalar",
                "--json")
            .json();
    assertThat(json.propertyNames()).containsExactly("tokens", "nll", "perplexity", "stderr");
    assertThat(json.get("tokens").asInt()).isEqualTo(2 * 127);
    assertThat(json.get("perplexity").asDouble())
        .isCloseTo(Math.exp(json.get("nll").asDouble()), within(1e-6));
  }

  @Test
  void perplexityShowsProgressAndTheRunningValueOnTheErrorStream() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "Once upon a time. ".repeat(30));
    Execution execution =
        Execution.of("perplexity", "--model", TINY, "--file", text.toString(), "--context", "32");
    assertThat(execution.status()).isZero();
    assertThat(execution.err()).containsPattern("\\d+/\\d+  perplexity \\d+\\.\\d{4}");
    assertThat(execution.out()).startsWith("perplexity ").contains("windows");
  }

  @Test
  void benchMeasuresPrefillAndDecode() {
    JsonNode json =
        Execution.of(
                "bench",
                "--model",
                TINY,
                "-p",
                "8",
                "-n",
                "4",
                "--repetitions",
                "2",
                "--batch",
                "2",
                "--depth",
                "3",
                "--threads",
                "1",
                "--kernels",
                "scalar",
                "--json")
            .json();
    assertThat(json.get("prefill_tokens_per_second").get("mean").asDouble()).isPositive();
    assertThat(json.get("decode_tokens_per_second").get("sd").asDouble()).isNotNegative();
    assertThat(json.get("kernels").asString()).isEqualTo("scalar");
    assertThat(json.get("kernels_description").asString()).contains("scalar");
    assertThat(json.get("kernels_reason").asString()).isEqualTo("scalar kernels, as asked");
    assertThat(json.get("threads").asInt()).isEqualTo(1);
    assertThat(json.get("model_bytes").asLong()).isEqualTo(9_790_464);
    if (Files.exists(Path.of("/proc/self/status"))) {
      assertThat(json.get("peak_rss_bytes").asLong()).isGreaterThan(9_790_464);
    }
  }

  private static Execution run(String[] first, String... more) {
    String[] all = new String[first.length + more.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return Execution.of(all);
  }
}

package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class GenerateCommandTest {

  private static final String TINY = Execution.TINY.toString();

  private static Execution generate(String... options) {
    String[] all = new String[options.length + 5];
    all[0] = "generate";
    all[1] = "--model";
    all[2] = TINY;
    all[3] = "--max-tokens";
    all[4] = "12";
    System.arraycopy(options, 0, all, 5, options.length);
    return Execution.of(all);
  }

  @Test
  void theJsonHasTheTextItsTokensAndTheTimings() {
    JsonNode json = generate("--prompt", "Once upon a time", "--temperature", "0", "--json").json();
    assertThat(json.propertyNames())
        .containsExactly(
            "text", "tokens", "prompt_tokens", "completion_tokens", "finish_reason", "timings");
    assertThat(json.get("prompt_tokens").asInt()).isEqualTo(6);
    assertThat(json.get("completion_tokens").asInt()).isEqualTo(12);
    assertThat(json.get("tokens").size()).isEqualTo(12);
    assertThat(json.get("finish_reason").asString()).isEqualTo("length");
    assertThat(json.get("timings").propertyNames())
        .containsExactly(
            "load_ms",
            "prefill_ms",
            "decode_ms",
            "prefill_tokens_per_second",
            "decode_tokens_per_second");
  }

  @Test
  void theStreamedTextIsTheTextOfTheJson() {
    String streamed = generate("--prompt", "The king", "--seed", "3").out();
    String whole =
        generate("--prompt", "The king", "--seed", "3", "--json").json().get("text").asString();
    assertThat(streamed).isEqualTo(whole + System.lineSeparator());
  }

  @Test
  void anAnswerHasTheFormThatIsAskedFor(@TempDir Path folder) throws IOException {
    Path schema = Files.writeString(folder.resolve("schema.json"), "{\"enum\": [\"a\", \"b\"]}");
    Path grammar = Files.writeString(folder.resolve("form.gbnf"), "root ::= \"1\" | \"22\"");

    assertThat(generate("--prompt", "A", "--regex", "(yes|no){2}").out().strip())
        .matches("(yes|no){2}");
    assertThat(generate("--prompt", "A", "--json-schema", schema.toString()).out().strip())
        .isIn("\"a\"", "\"b\"", ""); // white space may use the twelve tokens up
    assertThat(generate("--prompt", "A", "--grammar", grammar.toString()).out().strip())
        .isIn("1", "22");
    assertThat(generate("--prompt", "A", "--regex", "(").err()).contains("(");
  }

  @Test
  void theSameSeedGivesTheSameTextAndAnotherOneAnother() {
    String first = generate("--prompt", "The king", "--seed", "3", "--temperature", "1.5").out();
    String again = generate("--prompt", "The king", "--seed", "3", "--temperature", "1.5").out();
    String other = generate("--prompt", "The king", "--seed", "4", "--temperature", "1.5").out();
    assertThat(again).isEqualTo(first);
    assertThat(other).isNotEqualTo(first);
  }

  @Test
  void aTextAndItsTokenIdsGiveTheSameAnswer() {
    JsonNode ids = Execution.of("tokenize", "--model", TINY, "--text", "The king", "--json").json();
    String list =
        String.join(
            ",",
            StreamSupport.stream(ids.get("tokens").spliterator(), false)
                .map(JsonNode::toString)
                .toList());
    assertThat(generate("--prompt-tokens", list, "--temperature", "0").out())
        .isEqualTo(generate("--prompt", "The king", "--temperature", "0").out());
  }

  @Test
  void aPromptIsReadFromAFileOrFromStandardInput(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("prompt with space.txt"), "Der König aß");
    String expected = generate("--prompt", "Der König aß", "--temperature", "0").out();
    assertThat(generate("--prompt-file", file.toString(), "--temperature", "0").out())
        .isEqualTo(expected);
    Execution piped =
        Execution.withInput(
            "Der König aß",
            "generate",
            "--model",
            TINY,
            "--max-tokens",
            "12",
            "--prompt-file",
            "-",
            "--temperature",
            "0");
    assertThat(piped.out()).isEqualTo(expected);
  }

  @Test
  void aStopTextEndsTheAnswerBeforeIt() {
    String whole = generate("--prompt", "Once upon a time", "--temperature", "0").out().strip();
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 4);
    JsonNode json =
        generate("--prompt", "Once upon a time", "--temperature", "0", "--stop", stop, "--json")
            .json();
    assertThat(json.get("finish_reason").asString()).isEqualTo("stop");
    assertThat(json.get("text").asString().strip())
        .isEqualTo(whole.substring(0, whole.indexOf(stop)).strip());
  }

  @Test
  void aBiasForbidsAToken() {
    List<String> greedy = List.of("--prompt", "Once upon a time", "--temperature", "0", "--json");
    int first = generate(greedy.toArray(String[]::new)).json().get("tokens").get(0).asInt();
    JsonNode biased =
        generate(
                "--prompt",
                "Once upon a time",
                "--temperature",
                "0",
                "--json",
                "--logit-bias",
                first + ":-Infinity")
            .json();
    assertThat(biased.get("tokens").get(0).asInt()).isNotEqualTo(first);
  }

  @Test
  void neitherChunkNorThreadsNorKvTypeOfTheDefaultChangeTheAnswer() {
    String expected = generate("--prompt", "Once upon a time", "--temperature", "0").out();
    assertThat(
            generate(
                    "--prompt",
                    "Once upon a time",
                    "--temperature",
                    "0",
                    "--chunk",
                    "2",
                    "--threads",
                    "1",
                    "--kv-type",
                    "f16",
                    "--window",
                    "none",
                    "--context",
                    "64")
                .out())
        .isEqualTo(expected);
  }

  @Test
  void anotherNumberOfExpertsPerTokenChangesTheAnswer() {
    assertThat(
            generate(
                    "--prompt",
                    "Once upon a time",
                    "--temperature",
                    "0",
                    "--experts-per-token",
                    "1")
                .out())
        .isNotEqualTo(generate("--prompt", "Once upon a time", "--temperature", "0").out());
  }

  @Test
  void aChatIsRenderedBeforeItIsAnswered() {
    JsonNode plain = generate("--prompt", "Hello", "--json", "--seed", "1").json();
    JsonNode chat =
        generate("--prompt", "Hello", "--chat", "--system", "Be kind.", "--json", "--seed", "1")
            .json();
    assertThat(chat.get("prompt_tokens").asInt())
        .isGreaterThan(plain.get("prompt_tokens").asInt() + 2);
  }
}

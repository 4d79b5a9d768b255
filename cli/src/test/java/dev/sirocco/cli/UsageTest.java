package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, versions, and what wrong options lead to. */
class UsageTest {

  private static final String TINY = Execution.TINY.toString();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "generate",
        "serve",
        "logits",
        "perplexity",
        "tokenize",
        "detokenize",
        "constrain",
        "inspect",
        "bench",
        "doctor"
      })
  void everyCommandTellsItsOptions(String command) {
    Execution help = Execution.of(command, "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).startsWith("Usage: sirocco " + command);
    assertThat(help.err()).isEmpty();
  }

  @Test
  void theProgramTellsItsCommandsAndItsVersion() {
    assertThat(Execution.of("--help").out())
        .contains("run", "generate", "perplexity", "inspect")
        .doesNotContain("warm-up");
    assertThat(Execution.of("--version").out()).startsWith("sirocco ");
  }

  static Stream<Arguments> wrongOptions() {
    return Stream.of(
        Arguments.of("--threads", "-1", "--threads must be 0 to 1024, but is -1"),
        Arguments.of("--threads", "many", "Invalid value for option '--threads'"),
        Arguments.of(
            "--kernels",
            "fast",
            "--kernels: unknown kernels 'fast'; choose one of scalar, vector, native, auto"),
        Arguments.of(
            "--activations",
            "int4",
            "--activations: unknown activations 'int4'; choose one of int8, int16"),
        Arguments.of("--context", "0", "--context must be 1 to 16777216, but is 0"),
        Arguments.of("--window", "0", "'0' is neither a number of tokens of 1 or above, nor none"),
        Arguments.of("--kv-type", "f8", "'f8' is neither f32 nor f16"),
        Arguments.of("--chunk", "0", "--chunk must be 1 to 65536, but is 0"),
        Arguments.of("--experts-per-token", "0", "--experts-per-token must be 1 to 1024, but is 0"),
        Arguments.of("--max-tokens", "-5", "--max-tokens must be 0 to 2147483647, but is -5"),
        Arguments.of("--temperature", "-1", "--temperature must be 0 to 100, but is -1"),
        Arguments.of("--temperature", "NaN", "--temperature must be 0 to 100, but is NaN"),
        Arguments.of("--top-k", "-1", "--top-k must be 0 to 2147483647, but is -1"),
        Arguments.of("--top-p", "0", "--top-p must be above 0 and at most 1, but is 0.0"),
        Arguments.of("--min-p", "2", "--min-p must be 0 to 1, but is 2"),
        Arguments.of(
            "--repeat-penalty",
            "0",
            "--repeat-penalty must be above 0 and at most 100, but is 0.0"),
        Arguments.of("--presence-penalty", "3", "--presence-penalty must be -2 to 2, but is 3"),
        Arguments.of("--frequency-penalty", "3", "--frequency-penalty must be -2 to 2, but is 3"),
        Arguments.of("--logit-bias", "7", "'7' is not ID:VALUE; wanted a token id and a number"),
        Arguments.of("--logit-bias", "-7:1", "--logit-bias -7:1.0 needs a token id of 0 or above"),
        Arguments.of(
            "--seed", "x", "'--seed': 'x' is not a whole number of at most 92233720368547"),
        Arguments.of(
            "--top-k", "1.5", "'--top-k': '1.5' is not a whole number of at most 2147483647"),
        Arguments.of("--threads", "4294967296", "'4294967296' is not a whole number"),
        Arguments.of("--min-p", "inf", "'--min-p': 'inf' is not a number, such as 0.7"),
        Arguments.of("--json-schema", "", "the path is empty; name a file or a folder"),
        Arguments.of("--stop", "", "--stop must not be an empty text"),
        Arguments.of("--system", "Be kind", "--system is part of a chat; add --chat"),
        Arguments.of("--tempreature", "1", "Possible solutions: --temperature"));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("wrongOptions")
  void aWrongOptionIsNamedWithItsValueAndWhatIsWanted(String option, String value, String message) {
    Execution execution =
        Execution.of("generate", "--model", TINY, "--prompt", "x", "--json", option, value);
    assertThat(execution.status()).isEqualTo(2);
    assertThat(execution.out()).isEmpty();
    assertThat(execution.err())
        .startsWith("sirocco generate: ")
        .contains(message)
        .contains("Try 'sirocco generate --help'.")
        .doesNotContain("\tat ");
  }

  static Stream<Arguments> wrongUsage() {
    return Stream.of(
        Arguments.of("Missing required subcommand", new String[] {}),
        Arguments.of("Unmatched argument", new String[] {"fly"}),
        Arguments.of("Missing required option", new String[] {"generate", "--prompt", "x"}),
        Arguments.of(
            "generate: Missing required argument (specify one of these): (--prompt=TEXT",
            new String[] {"generate", "--model", TINY}),
        Arguments.of(
            "the path is empty; name a file or a folder",
            new String[] {"generate", "--model", "", "--prompt", "x"}),
        Arguments.of(
            "-p 0 and -n 0 leave nothing to measure",
            new String[] {"bench", "--model", TINY, "-p", "0", "-n", "0"}),
        Arguments.of(
            "mutually exclusive",
            new String[] {"generate", "--model", TINY, "--prompt", "x", "--prompt-tokens", "1"}),
        Arguments.of(
            "'4294967295' is not a token id",
            new String[] {"detokenize", "--model", TINY, "--tokens", "1,4294967295"}),
        Arguments.of(
            "'b' is not a token id",
            new String[] {"detokenize", "--model", TINY, "--tokens", "1,b"}),
        Arguments.of(
            "--context is missing", new String[] {"perplexity", "--model", TINY, "--file", TINY}),
        Arguments.of(
            "--chunks must be 1 or above, but is 0",
            new String[] {
              "perplexity", "--model", TINY, "--file", TINY, "--context", "64", "--chunks", "0"
            }),
        Arguments.of(
            "--tools are part of a chat",
            new String[] {"tokenize", "--model", TINY, "--text", "x", "--tools", "t.json"}),
        Arguments.of(
            "--context must be 1 or above, but is 0",
            new String[] {"inspect", TINY, "--context", "0"}),
        Arguments.of(
            "--repetitions must be 1 or above, but is 0",
            new String[] {"bench", "--model", TINY, "--repetitions", "0"}),
        Arguments.of(
            "--depth must be 1 or above, but is 0",
            new String[] {"bench", "--model", TINY, "--depth", "0"}),
        Arguments.of(
            "--context 16 is too small for -p 512, and -n 128 after --depth 1; at least 512 is needed",
            new String[] {"bench", "--model", TINY, "--context", "16"}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongUsage")
  void wrongUsageEndsWithStatusTwo(String message, String[] arguments) {
    Execution execution = Execution.of(arguments);
    assertThat(execution.status()).isEqualTo(2);
    assertThat(execution.out()).isEmpty();
    assertThat(execution.err()).contains(message);
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of("nowhere.gguf", new String[] {"inspect", "nowhere.gguf"}),
        Arguments.of(
            "nowhere.gguf", new String[] {"generate", "--model", "nowhere.gguf", "--prompt", "x"}),
        Arguments.of(
            "nowhere.txt: no such file or folder",
            new String[] {"generate", "--model", TINY, "--prompt-file", "nowhere.txt"}),
        Arguments.of(
            "is not a UTF-8 text",
            new String[] {"generate", "--model", TINY, "--prompt-file", TINY}),
        Arguments.of(
            "src: is a folder; name a file",
            new String[] {"generate", "--model", TINY, "--prompt-file", "src"}),
        Arguments.of(
            "src: is a folder; name a file",
            new String[] {"generate", "--model", TINY, "--prompt", "x", "--json-schema", "src"}),
        Arguments.of(
            "is not a UTF-8 text",
            new String[] {"constrain", "--model", TINY, "--regex", "a", "--texts", TINY}),
        Arguments.of(
            "src: is a folder; name a file",
            new String[] {"detokenize", "--model", TINY, "--tokens-file", "src"}),
        Arguments.of(
            "src: is a folder; name the file to write",
            new String[] {"logits", "--model", TINY, "--tokens", "1", "--output", "src"}),
        Arguments.of(
            TINY + ": is not a UTF-8 text",
            new String[] {"tokenize", "--model", TINY, "--chat", TINY}),
        Arguments.of(
            "pom.xml: messages is no valid JSON",
            new String[] {"tokenize", "--model", TINY, "--chat", "pom.xml"}),
        Arguments.of(
            "the model's context of 1024 tokens is too small for -p 8, and -n 2000 after --depth 1",
            new String[] {"bench", "--model", TINY, "-p", "8", "-n", "2000"}),
        Arguments.of(
            "nowhere.json: no such file or folder",
            new String[] {"detokenize", "--model", TINY, "--tokens-file", "nowhere.json"}),
        Arguments.of(
            "a window of perplexity must have 4 tokens or more",
            new String[] {"perplexity", "--model", TINY, "--file", "pom.xml", "--context", "1"}),
        Arguments.of(
            "nowhere/x.safetensors: its folder does not exist; make it first",
            new String[] {
              "logits", "--model", TINY, "--tokens", "1", "--output", "nowhere/x.safetensors"
            }),
        Arguments.of(
            "token id 4096 is out of range",
            new String[] {"generate", "--model", TINY, "--prompt-tokens", "1,4096"}),
        Arguments.of(
            "logit-bias names the token 4096; wanted an id from 0 to 4095",
            new String[] {"generate", "--model", TINY, "--prompt", "Hi", "--logit-bias", "4096:1"}),
        Arguments.of(
            "the prompt has 40 tokens, but the context holds 8; shorten the prompt or raise the"
                + " option context",
            new String[] {
              "generate",
              "--model",
              TINY,
              "--context",
              "8",
              "--prompt-tokens",
              "1" + ",2".repeat(39)
            }),
        Arguments.of(
            "experts per token must be 1 to 8",
            new String[] {
              "generate", "--model", TINY, "--prompt", "x", "--experts-per-token", "9"
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("failures")
  void aFailureIsOneLineAndEndsWithStatusOne(String message, String[] arguments) {
    Execution execution = Execution.of(arguments);
    assertThat(execution.status()).isEqualTo(1);
    assertThat(execution.out()).isEmpty();
    assertThat(execution.err()).startsWith("sirocco: ").contains(message).hasLineCount(1);
  }
}

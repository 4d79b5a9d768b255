package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.weights.ModelFormatException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code tokenizer.json} files, against the results of Hugging Face's tokenizers library. */
class HuggingFaceTokenizerTest {

  @TempDir Path folder;

  static Path resource(String name) {
    try {
      return Path.of(HuggingFaceTokenizerTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static String read(String name) throws IOException {
    return Files.readString(resource(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "metaspace", "gpt2", "llama3", "custom"})
  void everyTextGivesTheReferenceIds(String name) throws IOException {
    Tokenizer tokenizer = Tokenizer.load(resource(name + ".tokenizer.json"));
    JsonNode cases =
        JsonMapper.builder().build().readTree(read("tokenizer-json.expected.json")).path(name);
    assertThat(cases.size()).isEqualTo(20);
    for (JsonNode expected : cases) {
      String text = expected.path("text").stringValue();
      assertThat(tokenizer.encode(text, false, true))
          .as("%s: %s", name, text)
          .isEqualTo(SharedFiles.ids(expected.path("ids")));
    }
  }

  @Test
  void aPostProcessorSaysWhetherTextsBeginWithAToken() {
    Tokenizer llama = Tokenizer.load(resource("llama.tokenizer.json"));
    assertThat(llama.bosId()).hasValue(1);
    assertThat(llama.addBosByDefault()).isTrue();
    assertThat(llama.encode("a", true, false)).startsWith(1);
    Tokenizer gpt2 = Tokenizer.load(resource("gpt2.tokenizer.json"));
    assertThat(gpt2.bosId()).isEmpty();
    assertThat(gpt2.addBosByDefault()).isFalse();
  }

  @Test
  void filesBesideItSayWhatEndsAnAnswerAndHowToChat() throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), read("llama.tokenizer.json"));
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"bos_token": {"content": "<s>"}, "eos_token": "<|im_end|>", "add_bos_token": false,
         "chat_template": [{"name": "tools", "template": "no"},
                           {"name": "default", "template": "{{ messages[0].content }}"}]}
        """);
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [2, 7]}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.eosId()).hasValue(500);
    assertThat(tokenizer.endOfGenerationIds()).containsExactlyInAnyOrder(2, 7, 500);
    assertThat(tokenizer.addBosByDefault()).isFalse();
    assertThat(tokenizer.chatTemplate()).contains("{{ messages[0].content }}");
  }

  @Test
  void aTemplateFileComesBeforeTheOneInTheConfiguration() throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), read("gpt2.tokenizer.json"));
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": \"old\"}");
    Files.writeString(folder.resolve("chat_template.jinja"), "new");
    assertThat(Tokenizer.load(folder).chatTemplate()).contains("new");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{ | is no valid JSON",
        "[] | not a valid SentencePiece model",
        "{} | model: found without a vocab object; wanted a byte-pair encoding",
        "{'model':{'type':'Unigram','vocab':{}}} | found of type Unigram",
        "{'model':{'vocab':{'a':0}}} | model.merges: found nothing; wanted an array",
        "{'model':{'vocab':{'a':0,'b':0},'merges':[]}} | id 0: found 'a' and 'b'; wanted one token for each id",
        "{'model':{'vocab':{'a':0,'b':2},'merges':[]}} | the token 'b': found id 2; wanted less than 2",
        "{'model':{'vocab':{'a':-1},'merges':[]}} | an id in model.vocab: found -1; wanted an integer from 0",
        "{'model':{'vocab':{'a':0,'a':1},'merges':[]}} | is no valid JSON",
        "{'model':{'vocab':{'a':0,'b':1},'merges':['a b']}} | merge 0 is of 'a' and 'b', but 'ab' is no token",
        "{'model':{'vocab':{'a':0},'merges':['aa']}} | model.merges[0]: found \"\"aa\"\"; wanted two tokens",
        "{'model':{'vocab':{'a':0},'merges':[]},'normalizer':{'type':'Lowercase'}} | normalizer: found {\"\"type\"\": \"\"Lowercase\"\"}, which Sirocco does not know",
        "{'model':{'vocab':{'a':0},'merges':[]},'pre_tokenizer':{'type':'Split','pattern':{'Regex':'('},'behavior':'Isolated'}} | the pattern that splits words is not valid"
      })
  void aBadFileIsRefusedWithItsNameAndTheReason(String json, String reason) throws IOException {
    Path file = Files.writeString(folder.resolve("tokenizer.json"), json.replace('\'', '"'));
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining(reason.replace("\"\"", "\""));
  }

  @Test
  void deepJsonIsRefusedAndDoesNotExhaustTheStack() throws IOException {
    Path file =
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\":" + "[".repeat(100_000));
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("tokenizer.json is no valid JSON");
  }
}

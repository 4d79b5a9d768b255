package dev.sirocco.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.testkit.Shared;
import dev.sirocco.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Masks over a real vocabulary name exactly the tokens that are admitted one by one. */
class MaskTest {

  private static Tokenizer tokenizer;
  private static TokenVocabulary vocabulary;

  @BeforeAll
  static void load() {
    tokenizer = Tokenizer.load(Shared.path("tokenizers/mistral-v3.tokenizer.model"));
    vocabulary = TokenVocabulary.of(tokenizer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        // A key beside listed names, one of which has occurred.
        "{'properties':{'name':{},'näme':{}},'minProperties':3} ; {'name': 1, 'other': 2, 'n",
        // Keys by patterns, and one that must not come twice.
        "{'patternProperties':{'^a':{'type':'string'},'\\\\d$':{}},'additionalProperties':false} ; {'ab': 'x', 'b1': 2, 'a",
        // Texts of which most characters lead a pattern back to where it is.
        "{'type':'string','pattern':'^[^/]+/\\\\S*$'} ; 'usr/b\u00E9n \\u",
        "{'type':'string','pattern':'^[a-z0-9-]+(\\\\.[a-z]{2,3})?$'} ; 'my-site.or",
        "{'type':'string','pattern':'.é|日'} ; 'x é",
        "{'type':'string','maxLength':5} ; 'abé",
        "{'enum':['one','once','日本']} ; 'on",
        "{'type':'array','uniqueItems':true,'items':{'type':'string'}} ; ['a', 'a"
      })
  void namesWhatIsAdmitted(String schema, String text) {
    Constraint constraint = Constraint.jsonSchema(schema.replace('\'', '"'), vocabulary);
    ConstraintState state = constraint.newState();
    byte[] bytes = text.replace('\'', '"').getBytes(java.nio.charset.StandardCharsets.UTF_8);
    for (int i = 0; i <= bytes.length; i++) {
      assertMaskIsExact(state);
      if (i < bytes.length && !state.acceptText(new byte[] {bytes[i]}, 0)) {
        return;
      }
    }
  }

  private static void assertMaskIsExact(ConstraintState state) {
    long[] mask = state.mask();
    for (int id = 0; id < vocabulary.size(); id++) {
      boolean named = (mask[id >> 6] >> id & 1) == 1;
      assertThat(named).as(tokenizer.piece(id)).isEqualTo(state.admits(id));
    }
  }
}

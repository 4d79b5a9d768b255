package dev.sirocco.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Draws tokens at random from the masks, and holds what comes out to another validator. */
class RandomTextTest {

  private static final TokenVocabulary VOCABULARY = ByteVocabulary.VOCABULARY;
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();
  private static final int TEXTS = 15;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object','properties':{'a':{'type':'integer','minimum':-3,'maximum':12},"
            + "'b':{'enum':['x','yy',null,3]}},'required':['b'],'additionalProperties':false}",
        "{'type':'object','patternProperties':{'^a':{'type':'boolean'},'b$':{'const':true}},"
            + "'additionalProperties':{'type':'null'},'minProperties':2,'maxProperties':4}",
        "{'type':'array','prefixItems':[{'type':'null'},{'type':'boolean'}],'items':{'type':"
            + "'number','multipleOf':0.5,'minimum':1,'maximum':30},'minItems':1,'maxItems':5}",
        "{'type':'array','items':{'enum':[1,2,'a','b',null]},'uniqueItems':true,'minItems':2}",
        "{'type':'array','items':{'type':['integer','null']},'contains':{'type':'null'},"
            + "'minContains':2,'maxItems':4}",
        "{'properties':{'a':{'type':['integer','null']},'b':{'type':['integer','null']}},"
            + "'additionalProperties':false,'oneOf':[{'type':'object','required':['a'],'properties':"
            + "{'a':{'type':'integer'}}},"
            + "{'type':'object','required':['b'],'properties':{'b':{'type':'null'}}}]}",
        "{'type':'object','not':{'required':['a']},'propertyNames':{'pattern':'^[abc]{1,2}$'},"
            + "'additionalProperties':{'type':'integer','exclusiveMinimum':0,'maximum':5}}",
        "{'type':'object','properties':{'k':{'type':'boolean'}},'required':['k'],'if':"
            + "{'properties':{'k':{'const':true}}},'then':{'required':['t']},'else':{'not':"
            + "{'required':['t']}},'maxProperties':2,'additionalProperties':{'type':'null'}}",
        "{'type':'string','minLength':2,'maxLength':5,'pattern':'^[a-c]+(?!bb)[^c]*$'}",
        "{'type':'string','format':'date'}",
        "{'type':'object','not':{'patternProperties':{'^x':{'type':'integer'}}},'maxProperties':3,"
            + "'additionalProperties':{'type':['integer','null']}}",
        "{'$ref':'#/$defs/t','$defs':{'t':{'type':'object','properties':{'l':{'$ref':'#/$defs/t'},"
            + "'v':{'type':'integer'}},'required':['v'],'additionalProperties':false}}}",
        "{'anyOf':[{'type':'number','not':{'type':'integer'}},{'type':'array','items':false}]}"
      })
  void whateverIsDrawnParsesAndValidates(String quoted) {
    String json = quoted.replace('\'', '"');
    Constraint constraint = Constraint.jsonSchema(json, VOCABULARY);
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(json);
    Random random = new Random(7);
    int finished = 0;
    for (int i = 0; i < TEXTS; i++) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      if (draw(constraint.newState(), json, random, text)) {
        finished++;
        String result = text.toString(StandardCharsets.UTF_8);
        assertThat(
                schema.validate(
                    STRICT.readTree(result),
                    c -> c.executionConfig(e -> e.formatAssertionsEnabled(true))))
            .as(result)
            .isEmpty();
      }
    }
    assertThat(finished).isPositive();
  }

  // Returns whether an end token came within the steps; never is there nothing to choose from.
  private static boolean draw(
      ConstraintState state, String schema, Random random, ByteArrayOutputStream text) {
    for (int step = 0; step < 600; step++) {
      if (step % 32 == 0) {
        assertThat(ByteVocabulary.maskIsExact(state)).as("mask after %s", text).isTrue();
      }
      int id = choose(state.mask(), schema, random, step);
      assertThat(id).as("a token to choose after %s", text).isNotNegative();
      state.accept(id);
      if (state.isFinished()) {
        return true;
      }
      text.writeBytes(VOCABULARY.bytes(id));
    }
    return false;
  }

  // Ever more often what ends something, so that texts come to an end; otherwise half the time a
  // character of the schema, so that its names come up; otherwise anything.
  private static int choose(long[] mask, String schema, Random random, int step) {
    if (random.nextInt(100) < 20 + step) {
      for (int id : new int[] {ByteVocabulary.END, '}', ']', '"', ':', ','}) {
        if ((mask[id >> 6] >> id & 1) == 1) {
          return id;
        }
      }
    }
    int[] admitted =
        IntStream.range(0, VOCABULARY.size())
            .filter(id -> (mask[id >> 6] >> id & 1) == 1)
            .toArray();
    int[] fitting = IntStream.of(admitted).filter(id -> schema.indexOf((char) id) >= 0).toArray();
    int[] from = fitting.length > 0 && random.nextBoolean() ? fitting : admitted;
    return from.length == 0 ? -1 : from[random.nextInt(from.length)];
  }
}

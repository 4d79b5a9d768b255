package dev.sirocco.tokenizer.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Templates, against what Jinja2 renders with the settings of Hugging Face's libraries. */
class JinjaTemplateTest {

  private static JsonNode reference() throws Exception {
    try (InputStream in = JinjaTemplateTest.class.getResourceAsStream("cases.json")) {
      return JsonMapper.builder().build().readTree(in);
    }
  }

  static Stream<Arguments> cases() throws Exception {
    JsonNode reference = reference();
    List<Arguments> cases = new ArrayList<>();
    for (JsonNode node : reference.path("cases")) {
      JsonNode context = reference.path("contexts").path(node.path("ctx").stringValue());
      cases.add(
          Arguments.of(
              node.path("name").stringValue(),
              node.path("template").stringValue(),
              context,
              node.path("expected").stringValue()));
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void aTemplateGivesWhatJinja2Gives(
      String name, String template, JsonNode context, String expected) {
    @SuppressWarnings("unchecked") // a JSON object is such a map
    Map<String, @Nullable Object> variables =
        (Map<String, @Nullable Object>) Objects.requireNonNull(plain(context));
    if (expected.startsWith("ERR")) {
      assertThatThrownBy(() -> JinjaTemplate.parse(template).render(variables))
          .isInstanceOf(TemplateException.class);
    } else {
      assertThat(JinjaTemplate.parse(template).render(variables)).isEqualTo(expected);
    }
  }

  private static @Nullable Object plain(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        node.properties().forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
        yield map;
      }
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        node.forEach(item -> list.add(plain(item)));
        yield list;
      }
      case STRING -> node.stringValue();
      case NUMBER -> node.longValue();
      case BOOLEAN -> node.booleanValue();
      default -> null;
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a{{ 1 | line 1: found a tag without end: wanted }}",
        "{% if x %}a | line 1: found the end of the template; wanted elif or else or endif",
        "{% include 'x' %} | line 1: found the block 'include', which chat templates cannot use here",
        "{{ x.y }} | line 1: 'x' is undefined",
        "{{ 'a' + 1 }} | line 1: '+' does not go with 'a' and 1",
        "{{ 'a'.encode() }} | line 1: 'encode' is no function that is known here",
        "{{ ''.__class__ }} | ",
        "{{ raise_exception('no') }} | no",
        "{{ range(1000000) }} | line 1: range: more than 100000 numbers",
        "{{ 'x' * 99999999999 }} | line 1: a value of 99999999999 characters or items; wanted at most",
        "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %} | line 1: a value of",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %} | takes more than 5000000 steps",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }} | the template is nested too deep",
        "{{ 99999999999999999999 }} | line 1: found the number 99999999999999999999; wanted one of 64 bits"
      })
  void aTemplateThatCannotBeRenderedSaysWhereAndWhy(String template, @Nullable String reason) {
    if (reason == null) {
      assertThat(JinjaTemplate.parse(template).render(Map.of())).isEmpty();
    } else {
      assertThatThrownBy(() -> JinjaTemplate.parse(template).render(Map.of()))
          .isInstanceOf(TemplateException.class)
          .hasMessageContaining(reason);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% set n = namespace(x='') %}{% for i in range(9999) %}{% set n.x = big + 'b' %}{% endfor %}",
        "{% for i in range(9999) %}{% set y %}{{ big }}{% endset %}{% endfor %}",
        "{% for i in range(9999) %}{% if 'b' in big %}{% endif %}{% endfor %}",
        "{% for i in range(9999) %}{% if big.strip().startswith('b') %}{% endif %}{% endfor %}",
        "{% for i in range(9999) %}{% set y = big | upper %}{% endfor %}",
        "{% for i in range(9999) %}{% set y = big[1:] %}{% endfor %}",
        "{{ [big, big, big, big, big] }}",
        "{{ [big, big, big, big, big] | tojson }}",
        "{{ ''.join([big, big, big, big, big]) }}",
        "{% for c in big %}{% endfor %}",
        "{% set n = namespace(x=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x=[]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | tojson }}",
        "{{ range(9999) | sum(start=[]) }}"
      })
  void aTemplateThatWorksOnLargeValuesWithoutEndIsStopped(String template) {
    Map<String, @Nullable Object> variables = Map.of("big", "a".repeat(5_000_000));
    assertThatThrownBy(() -> JinjaTemplate.parse(template).render(variables))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("wanted");
  }

  @Test
  void partsOfLongTextsAreFoundAsInPython() {
    Map<String, @Nullable Object> variables =
        Map.of("text", " a  bb c ", "face", "\uD83D\uDE00b\uD83D\uDE00");
    assertThat(
            JinjaTemplate.parse(
                    "{{ text.split() }}{{ text.split(none, 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ ''.rsplit('x') }}"
                        + "{{ face[0] == face[-1] }}{{ face[1:2] }}{{ face[5] is defined }}{{ face[2:1] }}"
                        + "{{ {none: 1, true: 2} | tojson }}{{ [1, 1.0, true, 'a', 'a'] | unique | list }}")
                .render(variables))
        .isEqualTo(
            "['a', 'bb', 'c']['a', 'bb c']['a,b', 'c']['']TruebFalse{\"null\": 1, \"true\": 2}[1, 'a']");
  }

  @Test
  void deepNestingIsRefusedAndDoesNotExhaustTheStack() {
    for (String deep :
        List.of(
            "{{ " + "(".repeat(100_000),
            "{{ " + "-".repeat(100_000) + "1 }}",
            "{{ " + "[".repeat(100_000),
            "{% if true %}".repeat(100_000),
            "{% if true %}" + "{% elif true %}".repeat(100_000),
            "{{ 1" + " + 1".repeat(100_000) + " }}")) {
      assertThatThrownBy(() -> JinjaTemplate.parse(deep).render(Map.of()))
          .as(deep.substring(0, 20))
          .isInstanceOf(TemplateException.class);
    }
  }

  @Test
  void datesAreWrittenAsPythonWritesThem() {
    ZonedDateTime time = ZonedDateTime.of(2024, 7, 5, 9, 8, 7, 0, ZoneOffset.UTC);
    assertThat(DateText.format(time, "%d %b %Y, %A %-d %B %y %H:%M:%S %I%p %j %%"))
        .isEqualTo("05 Jul 2024, Friday 5 July 24 09:08:07 09AM 187 %");
    assertThat(JinjaTemplate.parse("{{ strftime_now('%Y') }}").render(Map.of())).hasSize(4);
  }
}

package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.VectorState;
import dev.sirocco.engine.constrain.schema.ArrayPlan;
import dev.sirocco.engine.constrain.schema.ObjectShape;
import dev.sirocco.engine.constrain.schema.SchemaSpace;
import dev.sirocco.engine.constrain.schema.ValueForm;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ways in which a value may begin, given its choices. Compared by identity. */
final class ValuePlan {

  /** No value at all. */
  static final ValuePlan EMPTY = new ValuePlan();

  private final Map<String, BitSet> literals = new LinkedHashMap<>();
  private final List<BitSet> numberThreads = new ArrayList<>();
  private final List<BitSet> stringThreads = new ArrayList<>();
  private final Map<ArrayPlan, BitSet> arrays = new LinkedHashMap<>();
  private final Map<ObjectShape, BitSet> objects = new LinkedHashMap<>();
  private final String place;
  private final @Nullable CharState numbers;
  private final @Nullable CharState strings;

  private ValuePlan() {
    place = "#";
    numbers = null;
    strings = null;
  }

  ValuePlan(SchemaSpace space, List<Choice> choices) {
    place = choices.getFirst().term().location();
    Map<Regex, BitSet> numberLanguages = new LinkedHashMap<>();
    Map<Regex, BitSet> stringLanguages = new LinkedHashMap<>();
    for (Choice choice : choices) {
      BitSet threads = choice.threads();
      ValueForm form = choice.term().located(() -> form(space, choice));
      addLiteral(form.admitsNull(), "null", threads);
      addLiteral(form.admitsFalse(), "false", threads);
      addLiteral(form.admitsTrue(), "true", threads);
      merge(numberLanguages, form.numbers(), threads);
      merge(stringLanguages, form.strings(), threads);
      form.arrays().forEach(a -> merge(arrays, a, threads));
      form.objects().forEach(o -> merge(objects, o, threads));
    }
    numbers = start(space, numberLanguages, numberThreads);
    strings = start(space, stringLanguages, stringThreads);
  }

  private static ValueForm form(SchemaSpace space, Choice choice) {
    return choice.taken() == null
        ? space.form(choice.term())
        : space.formWithout(choice.term(), choice.taken());
  }

  private void addLiteral(boolean admitted, String literal, BitSet threads) {
    if (admitted) {
      merge(literals, literal, threads);
    }
  }

  private static <T> void merge(Map<T, BitSet> map, T key, BitSet threads) {
    map.merge(
        key,
        threads,
        (a, b) -> {
          BitSet both = (BitSet) a.clone();
          both.or(b);
          return both;
        });
  }

  private static @Nullable CharState start(
      SchemaSpace space, Map<Regex, BitSet> languages, List<BitSet> threads) {
    List<Regex> regexes = new ArrayList<>();
    languages.forEach(
        (regex, t) -> {
          if (regex != Regex.NOTHING && !space.dfa().isEmpty(regex)) {
            regexes.add(regex);
            threads.add(t);
          }
        });
    return regexes.isEmpty() ? null : space.dfa().start(regexes);
  }

  /** Where the schema of the value is written, the first one if there are several. */
  String place() {
    return place;
  }

  boolean isEmpty() {
    return literals.isEmpty()
        && numbers == null
        && strings == null
        && arrays.isEmpty()
        && objects.isEmpty();
  }

  /** The literal that begins with byte {@code b}, or null. */
  @Nullable String literal(int b) {
    for (String literal : literals.keySet()) {
      if (literal.charAt(0) == b) {
        return literal;
      }
    }
    return null;
  }

  BitSet threadsOfLiteral(String literal) {
    return literals.getOrDefault(literal, new BitSet());
  }

  @Nullable CharState numbers() {
    return numbers;
  }

  @Nullable CharState strings() {
    return strings;
  }

  /** The threads that admit the number read up to {@code end}. */
  BitSet threadsOfNumber(CharState end) {
    return accepted(end, numberThreads);
  }

  /** The threads that admit the string read up to {@code end}. */
  BitSet threadsOfString(CharState end) {
    return accepted(end, stringThreads);
  }

  private static BitSet accepted(CharState end, List<BitSet> threads) {
    BitSet result = new BitSet();
    for (int i = 0; i < threads.size(); i++) {
      if (VectorState.accepts(end, i)) {
        result.or(threads.get(i));
      }
    }
    return result;
  }

  Map<ArrayPlan, BitSet> arrays() {
    return arrays;
  }

  Map<ObjectShape, BitSet> objects() {
    return objects;
  }
}

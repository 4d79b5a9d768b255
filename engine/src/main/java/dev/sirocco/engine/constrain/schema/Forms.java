package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/** Intersection, union and complement of normal forms. */
final class Forms {

  private static final int MOST_ALTERNATIVES = 512;

  private final RegexPool pool;
  private final ObjectShapes objects;
  private final ArrayShapes arrays;
  private final NormalForm any;
  private final Numbers allNumbers;

  Forms(RegexPool pool, Terms terms, Numbers allNumbers) {
    this.pool = pool;
    this.objects = new ObjectShapes(pool, terms);
    this.arrays = new ArrayShapes(terms);
    this.allNumbers = allNumbers;
    this.any =
        new NormalForm(
            NormalForm.ALL_LITERALS,
            allNumbers,
            RegexPool.ANY,
            false,
            List.of(arrays.any()),
            List.of(ObjectShape.ANY));
  }

  /** Every value. */
  NormalForm any() {
    return any;
  }

  ArrayShape anyArray() {
    return arrays.any();
  }

  NormalForm and(NormalForm a, NormalForm b) {
    if (a.equals(any) || b.equals(any)) {
      return a.equals(any) ? b : a;
    }
    Regex strings = pool.and(a.strings(), b.strings());
    return new NormalForm(
        a.literals() & b.literals(),
        a.numbers().and(pool, b.numbers()),
        strings,
        (a.approximate() || b.approximate()) && strings != Regex.NOTHING,
        andArrays(a.arrays(), b.arrays()),
        andObjects(a.objects(), b.objects()));
  }

  NormalForm or(NormalForm a, NormalForm b) {
    if (a.equals(any) || b.equals(any)) {
      return any;
    }
    Regex strings = pool.or(a.strings(), b.strings());
    return new NormalForm(
        a.literals() | b.literals(),
        a.numbers().or(pool, b.numbers()),
        strings,
        (a.approximate() || b.approximate()) && strings != RegexPool.ANY,
        union(a.arrays(), b.arrays(), arrays.any()),
        union(a.objects(), b.objects(), ObjectShape.ANY));
  }

  NormalForm not(NormalForm form) {
    if (form.equals(any)) {
      return NormalForm.NONE;
    }
    return new NormalForm(
        NormalForm.ALL_LITERALS & ~form.literals(),
        form.numbers().complement(pool, allNumbers),
        complementOfStrings(form),
        false,
        notArrays(form.arrays()),
        notObjects(form.objects()));
  }

  private Regex complementOfStrings(NormalForm form) {
    if (form.approximate()) {
      throw new ConstraintException(
          "the opposite of this \"format\" is not enforced; use \"pattern\" instead");
    }
    return pool.not(form.strings());
  }

  /** The values that are in exactly one of {@code forms}. */
  NormalForm exactlyOne(
      List<NormalForm> forms, BiPredicate<ObjectShape, ObjectShape> disjointObjects) {
    NormalForm once = NormalForm.NONE;
    NormalForm seen = NormalForm.NONE;
    for (NormalForm form : forms) {
      NormalForm fresh = scalarsOf(without(form, seen));
      once = or(scalarsOf(without(once, form)), fresh);
      seen = or(seen, scalarsOf(form));
    }
    return once.withArrays(exactlyOneArray(forms))
        .withObjects(exactlyOneObject(forms, disjointObjects));
  }

  private List<ArrayShape> exactlyOneArray(List<NormalForm> forms) {
    Set<ArrayShape> result = new LinkedHashSet<>();
    for (int i = 0; i < forms.size(); i++) {
      List<ArrayShape> only = forms.get(i).arrays();
      for (int j = 0; j < forms.size(); j++) {
        if (i != j) {
          only = andArrays(only, notArrays(forms.get(j).arrays()));
        }
      }
      result.addAll(only);
    }
    return limit(result);
  }

  private List<ObjectShape> exactlyOneObject(
      List<NormalForm> forms, BiPredicate<ObjectShape, ObjectShape> disjoint) {
    Set<ObjectShape> result = new LinkedHashSet<>();
    for (int i = 0; i < forms.size(); i++) {
      List<ObjectShape> only = forms.get(i).objects();
      for (int j = 0; j < forms.size(); j++) {
        if (i != j) {
          only = withoutObjects(only, forms.get(j).objects(), disjoint);
        }
      }
      result.addAll(only);
    }
    return limit(result);
  }

  private NormalForm without(NormalForm a, NormalForm b) {
    Regex strings = b.strings() == Regex.NOTHING ? a.strings() : minus(a, b);
    return new NormalForm(
        a.literals() & ~b.literals(),
        b.numbers().equals(Numbers.NONE)
            ? a.numbers()
            : a.numbers().and(pool, b.numbers().complement(pool, allNumbers)),
        strings,
        a.approximate() && strings != Regex.NOTHING,
        List.of(),
        List.of());
  }

  private Regex minus(NormalForm a, NormalForm b) {
    return a.strings() == Regex.NOTHING
        ? Regex.NOTHING
        : pool.and(a.strings(), complementOfStrings(b));
  }

  private static NormalForm scalarsOf(NormalForm form) {
    return form.withArrays(List.of()).withObjects(List.of());
  }

  private List<ObjectShape> withoutObjects(
      List<ObjectShape> from,
      List<ObjectShape> removed,
      BiPredicate<ObjectShape, ObjectShape> disjoint) {
    List<ObjectShape> result = from;
    for (ObjectShape r : removed) {
      Set<ObjectShape> next = new LinkedHashSet<>();
      for (ObjectShape shape : result) {
        if (disjoint.test(shape, r)) {
          next.add(shape);
        } else {
          objects.complement(r).forEach(c -> objects.and(shape, c).ifPresent(next::add));
        }
      }
      result = limit(next);
    }
    return result;
  }

  private List<ObjectShape> andObjects(List<ObjectShape> a, List<ObjectShape> b) {
    Set<ObjectShape> result = new LinkedHashSet<>();
    for (ObjectShape x : a) {
      b.forEach(y -> objects.and(x, y).ifPresent(result::add));
    }
    return limit(result);
  }

  private List<ArrayShape> andArrays(List<ArrayShape> a, List<ArrayShape> b) {
    Set<ArrayShape> result = new LinkedHashSet<>();
    for (ArrayShape x : a) {
      b.forEach(y -> arrays.and(x, y).ifPresent(result::add));
    }
    return limit(result);
  }

  private List<ObjectShape> notObjects(List<ObjectShape> shapes) {
    List<ObjectShape> result = List.of(ObjectShape.ANY);
    for (ObjectShape shape : shapes) {
      result = andObjects(result, objects.complement(shape));
    }
    return result;
  }

  private List<ArrayShape> notArrays(List<ArrayShape> shapes) {
    List<ArrayShape> result = List.of(arrays.any());
    for (ArrayShape shape : shapes) {
      result = andArrays(result, arrays.complement(shape));
    }
    return result;
  }

  private static <T> List<T> union(List<T> a, List<T> b, T any) {
    if (a.contains(any) || b.contains(any)) {
      return List.of(any);
    }
    Set<T> result = new LinkedHashSet<>(a);
    result.addAll(b);
    return limit(result);
  }

  private static <T> List<T> limit(Collection<T> alternatives) {
    if (alternatives.size() > MOST_ALTERNATIVES) {
      throw new ConstraintException(
          "the combination has more than %d alternatives; simplify it"
              .formatted(MOST_ALTERNATIVES));
    }
    return new ArrayList<>(alternatives);
  }
}

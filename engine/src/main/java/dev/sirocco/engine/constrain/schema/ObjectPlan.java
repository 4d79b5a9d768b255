package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Alternative sets of objects, prepared to be followed side by side. A key of an object is either
 * one of the listed names, or any other name, of which the plan distinguishes a few kinds. Compared
 * by identity; each list of shapes has one plan.
 */
public final class ObjectPlan {

  private final SchemaSpace space;
  private final List<ObjectShape> shapes;
  private final SortedNames names;
  private final List<KeyCells> kinds;
  private final Term[][] nameTerms;
  private final Term[][] kindTerms;
  private final BitSet[] possibleNames;
  private final BitSet[] requiredNames;
  private final List<Map<Integer, BitSet>> implied = new ArrayList<>();
  private final boolean othersMayRunOut;

  ObjectPlan(SchemaSpace space, List<ObjectShape> shapes) {
    this.space = space;
    this.shapes = List.copyOf(shapes);
    this.names = new SortedNames(listedNames());
    this.kinds = possibleKinds();
    int n = shapes.size();
    nameTerms = new Term[n][];
    kindTerms = new Term[n][];
    possibleNames = new BitSet[n];
    requiredNames = new BitSet[n];
    for (int s = 0; s < n; s++) {
      prepare(s);
    }
    othersMayRunOut =
        kinds.stream()
            .anyMatch(k -> k.names() != RegexPool.ANY && space.dfa().mayRunOut(k.names()));
  }

  private Set<String> listedNames() {
    Set<String> result = new TreeSet<>();
    for (ObjectShape shape : shapes) {
      shape.layers().forEach(l -> result.addAll(l.properties().keySet()));
      result.addAll(shape.required());
      shape
          .dependencies()
          .forEach(
              (name, required) -> {
                result.add(name);
                result.addAll(required);
              });
    }
    return result;
  }

  private List<KeyCells> possibleKinds() {
    Dfa dfa = space.dfa();
    Regex unlisted = null;
    List<KeyCells> result = new ArrayList<>();
    for (KeyCells cell : space.cells(shapes)) {
      // Where every name is possible, listed names are told apart when they end.
      Regex regex = RegexPool.ANY;
      if (cell.names() != RegexPool.ANY) {
        unlisted = unlisted == null ? dfa.pool().not(dfa.pool().oneOf(textsOf(names))) : unlisted;
        regex = dfa.pool().and(cell.names(), unlisted);
      }
      boolean possible =
          shapes.stream()
              .anyMatch(
                  s -> space.satisfiable(PropertyTerms.ofUnlisted(space.terms(), s, cell.in())));
      if (possible && !dfa.isEmpty(regex)) {
        result.add(new KeyCells(regex, cell.in()));
      }
    }
    return result;
  }

  private static Set<String> textsOf(SortedNames names) {
    Set<String> result = new TreeSet<>();
    for (int i = 0; i < names.size(); i++) {
      result.add(names.get(i));
    }
    return result;
  }

  private void prepare(int s) {
    ObjectShape shape = shapes.get(s);
    nameTerms[s] = new Term[names.size()];
    possibleNames[s] = new BitSet();
    for (int i = 0; i < names.size(); i++) {
      nameTerms[s][i] = PropertyTerms.of(space.dfa(), space.terms(), shape, names.get(i));
      possibleNames[s].set(i, space.satisfiable(nameTerms[s][i]));
    }
    requiredNames[s] = bits(shape.required());
    prepareImplied(s);
    kindTerms[s] = new Term[kinds.size()];
    for (int k = 0; k < kinds.size(); k++) {
      kindTerms[s][k] = PropertyTerms.ofUnlisted(space.terms(), shape, kinds.get(k).in());
    }
  }

  private BitSet bits(Set<String> listed) {
    BitSet result = new BitSet();
    listed.forEach(name -> result.set(names.indexOf(name)));
    return result;
  }

  /** Name {@code i} and the names that must occur if it does; not to be changed. */
  public BitSet implied(int s, int i) {
    return implied.get(s).computeIfAbsent(i, name -> closure(shapes.get(s).dependencies(), name));
  }

  private BitSet closure(Map<String, Set<String>> dependencies, int first) {
    BitSet result = new BitSet();
    Deque<Integer> open = new ArrayDeque<>(List.of(first));
    while (!open.isEmpty()) {
      int name = open.remove();
      if (!result.get(name)) {
        result.set(name);
        Set<String> next = dependencies.getOrDefault(names.get(name), Set.of());
        space.dfa().pool().work().spend(1 + next.size());
        next.forEach(n -> open.add(names.indexOf(n)));
      }
    }
    return result;
  }

  // All at once, so that what takes too long is refused now.
  private void prepareImplied(int s) {
    implied.add(new HashMap<>());
    for (String name : shapes.get(s).dependencies().keySet()) {
      implied(s, names.indexOf(name));
    }
  }

  /** Whether a property that has not occurred can be the one that must exist. */
  public boolean achievable(int s, ObjectShape.Exists exists, BitSet seen, Set<String> taken) {
    for (int i = possibleNames[s].nextSetBit(0); i >= 0; i = possibleNames[s].nextSetBit(i + 1)) {
      if (!seen.get(i)
          && isIn(exists, i)
          && space.satisfiable(space.and(nameTerms[s][i], exists.term()))) {
        return true;
      }
    }
    for (int k = 0; k < kinds.size(); k++) {
      if (isKindIn(exists, k)
          && isLeft(kinds.get(k).names(), taken)
          && space.satisfiable(space.and(kindTerms[s][k], exists.term()))) {
        return true;
      }
    }
    return false;
  }

  /** Whether each property that must exist can be one of names that never run out. */
  boolean alwaysFinds(int s) {
    for (ObjectShape.Exists exists : shapes.get(s).exists()) {
      boolean found = false;
      for (int k = 0; k < kinds.size(); k++) {
        found |=
            isKindIn(exists, k)
                && !space.dfa().mayRunOut(kinds.get(k).names())
                && space.satisfiable(space.and(kindTerms[s][k], exists.term()));
      }
      if (!found) {
        return false;
      }
    }
    return true;
  }

  private boolean isLeft(Regex kind, Set<String> taken) {
    Dfa dfa = space.dfa();
    return kind == RegexPool.ANY
        || !dfa.mayRunOut(kind)
        || !dfa.isEmpty(dfa.pool().and(kind, dfa.pool().not(dfa.pool().oneOf(taken))));
  }

  /** Whether listed name {@code i} is one of those of which one must exist. */
  public boolean isIn(ObjectShape.Exists exists, int i) {
    return PropertyTerms.matches(space.dfa(), exists.names(), names.get(i));
  }

  /** Whether the names of kind {@code k} are among those of which one must exist. */
  public boolean isKindIn(ObjectShape.Exists exists, int k) {
    return exists.names() == RegexPool.ANY || kinds.get(k).in().contains(exists.names());
  }

  /** The alternatives. */
  public List<ObjectShape> shapes() {
    return shapes;
  }

  /** The listed names of all alternatives. */
  public SortedNames names() {
    return names;
  }

  /** Number of kinds of names that are not listed. */
  public int kindCount() {
    return kinds.size();
  }

  /** What the value of listed name {@code i} satisfies. */
  public Term nameTerm(int s, int i) {
    return nameTerms[s][i];
  }

  /** What the values of names of kind {@code k} satisfy. */
  public Term kindTerm(int s, int k) {
    return kindTerms[s][k];
  }

  /** Whether names of kind {@code k} are possible. */
  public boolean kindPossible(int s, int k) {
    return space.satisfiable(kindTerms[s][k]);
  }

  /** The listed names that may occur; not to be changed. */
  public BitSet possibleNames(int s) {
    return possibleNames[s];
  }

  /** The listed names that must occur; not to be changed. */
  public BitSet requiredNames(int s) {
    return requiredNames[s];
  }

  /** A value that satisfies both. */
  public Term both(Term a, Term b) {
    return space.and(a, b);
  }

  /**
   * Before the first character of a name that is not listed, is of one of the {@code wanted} kinds,
   * and not one of {@code taken}; language k of the state is that of kind k. Null if there is none.
   */
  public @Nullable CharState startOfOthers(Set<String> taken, BitSet wanted) {
    Dfa dfa = space.dfa();
    List<Regex> languages = new ArrayList<>();
    for (int k = 0; k < kinds.size(); k++) {
      languages.add(wanted.get(k) ? kinds.get(k).names() : Regex.NOTHING);
    }
    if (othersMayRunOut && !taken.isEmpty()) {
      Regex others = dfa.pool().not(dfa.pool().oneOf(taken));
      languages.replaceAll(r -> dfa.pool().and(r, others));
    }
    return languages.isEmpty() ? null : dfa.start(languages);
  }
}

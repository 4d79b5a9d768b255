package dev.sirocco.engine.constrain;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.TextState;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.engine.constrain.core.VocabularyMasks;
import dev.sirocco.engine.constrain.core.Work;
import dev.sirocco.engine.constrain.grammar.GrammarAutomaton;
import dev.sirocco.engine.constrain.json.JsonAutomaton;
import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.DfaState;
import dev.sirocco.engine.constrain.regex.Patterns;
import dev.sirocco.engine.constrain.regex.RegexPool;
import dev.sirocco.engine.constrain.schema.SchemaReader;
import dev.sirocco.engine.constrain.schema.SchemaSpace;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A form that generated text must have, compiled for a vocabulary. Safe for use by several threads
 * and any number of sequences, each with its own {@link ConstraintState}.
 *
 * {@snippet :
 * Constraint constraint = Constraint.jsonSchema("{\"type\": \"integer\"}", vocabulary);
 * ConstraintState state = constraint.newState();
 * while (!state.isFinished()) {
 *   state.accept(sample(logits, state.mask()));
 * }
 * }
 *
 * @see ConstraintState
 */
public final class Constraint {

  private static final int MOST_MASKS = 512;
  private static final int MOST_STATES = 200_000;

  private final TokenVocabulary vocabulary;
  private final Supplier<Compiled> compiler;
  private Compiled compiled;

  /** An automaton and the masks of its states, the last used ones. Guarded by the constraint. */
  private static final class Compiled {
    private final AutomatonState start;
    private final IntSupplier size;
    private final Work work;
    private final VocabularyMasks vocabularyMasks;
    private final Map<AutomatonState, long[]> masks = new MaskCache();

    Compiled(TokenVocabulary vocabulary, AutomatonState start, IntSupplier size, Work work) {
      this.vocabularyMasks = new VocabularyMasks(vocabulary);
      this.start = start;
      this.size = size;
      this.work = work;
    }
  }

  private static final class MaskCache extends LinkedHashMap<AutomatonState, long[]> {
    private static final long serialVersionUID = 1;

    MaskCache() {
      super(64, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<AutomatonState, long[]> eldest) {
      return size() > MOST_MASKS;
    }
  }

  private Constraint(TokenVocabulary vocabulary, Supplier<Compiled> compiler) {
    this.vocabulary = vocabulary;
    this.compiler = compiler;
    this.compiled = compiler.get();
  }

  /** Any JSON object. */
  public static Constraint jsonObject(TokenVocabulary vocabulary) {
    return jsonSchema("{\"type\":\"object\"}", vocabulary);
  }

  /**
   * JSON that satisfies a JSON Schema (draft 2020-12; drafts 4 to 2019-09 where {@code $schema}
   * says so). Properties may come in any order, none twice.
   *
   * @throws ConstraintException if the schema is wrong, admits nothing, or holds a keyword that
   *     would not be enforced exactly
   */
  public static Constraint jsonSchema(String schema, TokenVocabulary vocabulary) {
    return new Constraint(
        vocabulary,
        () -> {
          SchemaSpace space = new SchemaSpace(SchemaReader.read(schema));
          return new Compiled(
              vocabulary,
              new JsonAutomaton(space).start(),
              space.dfa()::size,
              space.dfa().pool().work());
        });
  }

  /**
   * Text that a regular expression in the notation of ECMA-262 matches as a whole.
   *
   * @throws ConstraintException if the pattern is wrong, too large, not regular, or matches nothing
   */
  public static Constraint regex(String pattern, TokenVocabulary vocabulary) {
    return new Constraint(
        vocabulary,
        () -> {
          String named = "pattern '%s'".formatted(Patterns.abbreviated(pattern));
          RegexPool pool = new RegexPool(new Work(named));
          Dfa dfa = new Dfa(pool);
          DfaState start = start(dfa, pattern, named);
          dfa.seal();
          return new Compiled(vocabulary, TextState.start(start), dfa::size, pool.work());
        });
  }

  private static DfaState start(Dfa dfa, String pattern, String named) {
    DfaState start;
    try {
      start = dfa.start(Patterns.whole(dfa.pool(), pattern));
    } catch (ConstraintException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith("pattern") ? e : e.at(named);
    }
    if (start == null) {
      throw new ConstraintException("%s matches no text".formatted(named));
    }
    return start;
  }

  /**
   * Text that a grammar in GBNF, the notation of llama.cpp, describes by its rule {@code root}.
   *
   * @throws ConstraintException if the grammar is wrong, too large, left-recursive, or matches
   *     nothing
   */
  public static Constraint grammar(String gbnf, TokenVocabulary vocabulary) {
    return new Constraint(
        vocabulary,
        () -> {
          GrammarAutomaton automaton = new GrammarAutomaton(gbnf);
          return new Compiled(
              vocabulary, TextState.start(automaton.start()), automaton::size, automaton.work());
        });
  }

  /** The start of a text. */
  public ConstraintState newState() {
    synchronized (this) {
      if (compiled.size.getAsInt() > MOST_STATES) {
        compiled = compiler.get();
      }
      return new ConstraintState(this, compiled.start);
    }
  }

  /** The vocabulary that the constraint was compiled for. */
  public TokenVocabulary vocabulary() {
    return vocabulary;
  }

  /**
   * The tokens that may follow; kept, so not to be changed.
   *
   * @throws ConstraintException if this takes more work than is done for one token
   */
  synchronized long[] mask(AutomatonState state) {
    compiled.work.begin();
    return compiled.masks.computeIfAbsent(state, this::computeMask);
  }

  private long[] computeMask(AutomatonState state) {
    long[] mask = new long[vocabulary.words()];
    state.addTokens(compiled.vocabularyMasks, mask);
    if (state.accepting()) {
      vocabulary.addEndOfGeneration(mask);
    }
    return mask;
  }

  /** The state after a token, or null if it may not come. */
  synchronized @Nullable AutomatonState next(AutomatonState state, int token) {
    compiled.work.begin();
    AutomatonState next = state;
    for (int i = 0; next != null && i < vocabulary.length(token); i++) {
      next = next.next(vocabulary.byteAt(token, i));
    }
    return next;
  }

  /** The byte that must come next, or -1 if there is a choice or the text may end. */
  synchronized int forcedByte(AutomatonState state) {
    compiled.work.begin();
    int forced = -1;
    for (int b = 0; b < 256; b++) {
      if (!state.accepting() && state.next(b) != null) {
        if (forced >= 0) {
          return -1;
        }
        forced = b;
      }
    }
    return forced;
  }

  synchronized @Nullable AutomatonState nextByte(AutomatonState state, int b) {
    compiled.work.begin();
    return state.next(b);
  }
}

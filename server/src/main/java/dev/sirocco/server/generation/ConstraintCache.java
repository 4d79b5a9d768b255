package dev.sirocco.server.generation;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.ServerLimits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compiles constraints, within the server's limits, and keeps the last used ones with the masks
 * they have computed. Thread-safe.
 */
public final class ConstraintCache {

  private static final int MOST = 16;

  private final ServerLimits limits;
  private final Supplier<TokenVocabulary> vocabulary;
  private final Map<String, Constraint> constraints =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Constraint> eldest) {
          return size() > MOST;
        }
      };

  /**
   * @param limits how long schemas and grammars may be
   * @param vocabulary the model's vocabulary
   */
  public ConstraintCache(ServerLimits limits, Supplier<TokenVocabulary> vocabulary) {
    this.limits = limits;
    this.vocabulary = vocabulary;
  }

  /**
   * JSON by a schema.
   *
   * @param param the field that the schema comes from
   * @throws ApiException 400 if it is too long
   * @throws ConstraintException if it would not be enforced exactly
   */
  public Constraint jsonSchema(String param, String schema) {
    return get("schema", param, schema, limits.schemaLength(), Constraint::jsonSchema);
  }

  /** Text of a grammar; errors as of {@link #jsonSchema}. */
  Constraint grammar(String param, String grammar) {
    return get("grammar", param, grammar, limits.grammarLength(), Constraint::grammar);
  }

  /** Text that a regular expression matches; errors as of {@link #jsonSchema}. */
  Constraint regex(String param, String pattern) {
    return get("regex", param, pattern, limits.grammarLength(), Constraint::regex);
  }

  private Constraint get(
      String kind,
      String param,
      String source,
      int longest,
      BiFunction<String, TokenVocabulary, Constraint> compiler) {
    if (source.length() > longest) {
      throw ApiException.badField(
          param,
          "%s has %,d characters, but at most %,d are taken"
              .formatted(param, source.length(), longest));
    }
    String key = kind + ":" + source;
    Constraint constraint = find(key);
    if (constraint == null) {
      constraint = compiler.apply(source, vocabulary.get());
      keep(key, constraint);
    }
    return constraint;
  }

  /** How many are kept. */
  public synchronized int size() {
    return constraints.size();
  }

  private synchronized @Nullable Constraint find(String key) {
    return constraints.get(key);
  }

  private synchronized void keep(String key, Constraint constraint) {
    constraints.put(key, constraint);
  }
}

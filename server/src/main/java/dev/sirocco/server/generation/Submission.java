package dev.sirocco.server.generation;

import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.EngineClosedException;
import dev.sirocco.engine.QueueFullException;
import dev.sirocco.engine.ServingRequest;
import dev.sirocco.server.http.ApiException;
import java.util.function.Supplier;

/** Hands requests to the engine, and tells clients why it does not take one. */
public final class Submission {

  private Submission() {}

  /**
   * Submits a request.
   *
   * @param param the field to name if the engine finds the prompt wrong
   * @throws ApiException 400, 429 or 503
   */
  public static AnswerStream submit(ServedModel served, ServingRequest request, String param) {
    return told(param, () -> served.engine().submit(request));
  }

  /** Runs what asks the engine or the chat format, and turns its errors into the API's. */
  public static <T> T told(String param, Supplier<T> action) {
    try {
      return action.get();
    } catch (QueueFullException e) {
      throw ApiException.queueFull(String.valueOf(e.getMessage()));
    } catch (EngineClosedException e) {
      throw ApiException.shuttingDown();
    } catch (IllegalArgumentException e) {
      throw ApiException.badField(param, String.valueOf(e.getMessage()));
    }
  }
}

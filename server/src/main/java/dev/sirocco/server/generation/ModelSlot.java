package dev.sirocco.server.generation;

import dev.sirocco.server.http.ApiException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Where the served model is once it is loaded. Thread-safe. */
public final class ModelSlot {

  private final AtomicReference<@Nullable ServedModel> model = new AtomicReference<>();
  private volatile boolean closing;

  /** Serves a model from now on. */
  public void set(ServedModel value) {
    model.set(value);
  }

  /** Serves no more. */
  public void closing() {
    closing = true;
  }

  /** Whether the server shuts down. */
  public boolean isClosing() {
    return closing;
  }

  /** The model, if it is loaded. */
  public Optional<ServedModel> get() {
    return Optional.ofNullable(model.get());
  }

  /**
   * The model.
   *
   * @throws ApiException 503 if it is not loaded yet, or the server shuts down
   */
  public ServedModel require() {
    if (closing) {
      throw ApiException.shuttingDown();
    }
    return get()
        .orElseThrow(() -> ApiException.unavailable("loading", "the model is being loaded"));
  }
}

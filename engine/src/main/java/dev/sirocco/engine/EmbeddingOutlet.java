package dev.sirocco.engine;

import java.util.concurrent.CompletableFuture;

/** Where an embedding goes. */
record EmbeddingOutlet(ServedRequest request, CompletableFuture<float[]> result) {

  /** Whether nobody waits for it any more. */
  boolean isCancelled() {
    return result.isDone();
  }

  /** It begins to be computed. */
  void begun() {
    request.begin(0);
  }

  void end(float[] embedding) {
    result.complete(embedding);
  }

  void fail(RuntimeException cause) {
    result.completeExceptionally(cause);
  }
}

package dev.sirocco.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a client, and notices that it has closed the connection although nothing is to be
 * read: a thread waits for the first bytes of the next request beforehand. Used by the connection's
 * thread alone.
 */
final class WatchedReader {

  private final DataReader source;
  private final Runnable whenEnded;
  private @Nullable Thread watcher;

  /**
   * A reader.
   *
   * @param whenEnded runs on the thread that waits, if the client closes the connection
   */
  WatchedReader(DataReader source, Runnable whenEnded) {
    this.source = source;
    this.whenEnded = whenEnded;
  }

  /** Waits for what comes next, on a thread of its own, until it is read. */
  void watch() {
    if (watcher == null && source.available() == 0) {
      watcher = Thread.ofVirtual().name("sirocco-watch").start(this::await);
    }
  }

  private void await() {
    try {
      source.ensureAvailable();
    } catch (RuntimeException e) {
      whenEnded.run(); // whoever reads next gets the same exception
    }
  }

  /** The next bytes. */
  byte[] get() {
    if (watcher != null) {
      try {
        watcher.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CloseConnectionException("the server shuts down", e);
      }
      watcher = null;
    }
    source.ensureAvailable();
    return source.readBuffer().readBytes();
  }
}

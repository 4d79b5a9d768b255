package dev.sirocco.server.http;

import io.helidon.webserver.CloseConnectionException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Sends comments on a stream while nothing else comes, so that nobody on the way gives it up. */
public final class KeepAlive implements AutoCloseable {

  private final EventStream stream;
  private final long nanos;
  private final Thread thread;
  private volatile boolean done;

  private KeepAlive(EventStream stream, Duration silence) {
    this.stream = stream;
    this.nanos = silence.toNanos();
    this.thread = Thread.ofVirtual().name("sirocco-keep-alive").start(this::run);
  }

  /** Keeps a stream alive until this is closed. */
  public static KeepAlive of(EventStream stream, Duration silence) {
    return new KeepAlive(stream, silence);
  }

  private void run() {
    while (!done) {
      LockSupport.parkNanos(this, nanos);
      try {
        if (!done) {
          stream.commentIfSilentFor(nanos);
        }
      } catch (CloseConnectionException e) {
        return; // the client is gone, which the thread that answers finds out by itself
      }
    }
  }

  @Override
  public void close() {
    done = true;
    LockSupport.unpark(thread);
  }
}

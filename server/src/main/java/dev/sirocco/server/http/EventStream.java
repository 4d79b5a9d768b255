package dev.sirocco.server.http;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A stream of server-sent events. The answer's head goes out with the first of them, so that an
 * error before it can still have a status of its own. If the client is gone, writing throws {@link
 * CloseConnectionException}. Thread-safe.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, Server-sent
 *     events</a>
 */
public final class EventStream implements AutoCloseable {

  private static final String GONE = "the client is gone";

  private final ServerResponse response;
  private final String mediaType;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable OutputStream out;
  private boolean closed;
  private volatile long lastWrite = System.nanoTime();

  private EventStream(ServerResponse response, String mediaType) {
    this.response = response;
    this.mediaType = mediaType;
  }

  /** Server-sent events. */
  public static EventStream of(ServerResponse response) {
    return new EventStream(response, "text/event-stream; charset=utf-8");
  }

  /** JSON objects, one on each line, for which {@link #line} is used. */
  public static EventStream ofLines(ServerResponse response) {
    return new EventStream(response, "application/x-ndjson");
  }

  /** Whether something was sent, so that the status can no longer change. */
  public boolean isOpen() {
    lock.lock();
    try {
      return out != null;
    } finally {
      lock.unlock();
    }
  }

  /** Sends {@code data: JSON}. */
  public void data(JsonNode json) {
    write("data: " + Json.write(json) + "\n\n");
  }

  /** Sends {@code data: TEXT}; the text is one line. */
  public void data(String text) {
    write("data: " + text + "\n\n");
  }

  /** Sends an event with a name, and JSON. */
  public void event(String name, JsonNode json) {
    write("event: " + name + "\ndata: " + Json.write(json) + "\n\n");
  }

  /** Sends a line of JSON without the form of an event. */
  public void line(JsonNode json) {
    write(Json.write(json) + "\n");
  }

  /** Sends a comment, which clients ignore, if nothing was sent for {@code nanos}. */
  public void commentIfSilentFor(long nanos) {
    if (System.nanoTime() - lastWrite >= nanos && mediaType.startsWith("text/event-stream")) {
      write(": keep-alive\n\n");
    }
  }

  private void write(String text) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (out == null) {
        response.header(HeaderNames.CONTENT_TYPE, mediaType);
        response.header("Cache-Control", "no-cache");
        response.header("X-Accel-Buffering", "no");
        out = response.outputStream();
      }
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
      lastWrite = System.nanoTime();
    } catch (IOException | UncheckedIOException | SocketWriterException e) {
      closed = true;
      throw new CloseConnectionException(GONE, e);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the stream, if it was opened. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (out != null && !closed) {
        closed = true;
        out.close();
      }
    } catch (IOException | UncheckedIOException | SocketWriterException e) {
      throw new CloseConnectionException(GONE, e);
    } finally {
      lock.unlock();
    }
  }
}

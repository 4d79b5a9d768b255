package dev.sirocco.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.CloseConnectionException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection, with what it may still take its time for: the head of a request, its body,
 * the next request, taking the answer. Whoever is late is cut off by {@link ClientConnections}.
 * Thread-safe.
 */
public final class ClientConnection {

  private static final ScopedValue<ClientConnection> CURRENT = ScopedValue.newInstance();
  private static final long NEVER = Long.MAX_VALUE;
  private static final long START = System.nanoTime();

  private final HelidonSocket socket;
  private final WatchedReader reader;
  private final ServerLimits limits;
  private final AtomicReference<@Nullable Watch> watch = new AtomicReference<>();
  private volatile long readDeadline;
  private volatile long writeDeadline = NEVER;
  private volatile boolean betweenRequests;
  private volatile boolean gone;
  private volatile boolean ending;
  private volatile boolean closing;

  /** Sees to it that an answer ends if the client goes away, or the server ends all answers. */
  public static final class Watch implements AutoCloseable {
    private final ClientConnection connection;
    private final Runnable cancel;
    private volatile boolean gone;
    private volatile boolean ended;

    private Watch(ClientConnection connection, Runnable cancel) {
      this.connection = connection;
      this.cancel = cancel;
    }

    /**
     * Checks that the answer is still wanted.
     *
     * @throws CloseConnectionException if the client went away while it was watched
     * @throws ApiException 503 if the server has ended the answer
     */
    public void requireGoesOn() {
      if (gone) {
        throw new CloseConnectionException("the client is gone");
      }
      if (ended) {
        throw ApiException.shuttingDown();
      }
    }

    /** Watches no more. */
    @Override
    public void close() {
      connection.watch.compareAndSet(this, null);
    }
  }

  ClientConnection(HelidonSocket socket, DataReader source, ServerLimits limits) {
    this.socket = socket;
    this.reader = new WatchedReader(source, this::gone);
    this.limits = limits;
    this.readDeadline = in(limits.headTime());
  }

  /** The connection on which the request came that this thread answers. */
  public static ClientConnection current() {
    return CURRENT.get();
  }

  /** Runs the answering of a connection's requests. */
  <E extends Exception> void run(ScopedValue.CallableOp<@Nullable Void, E> requests) throws E {
    ScopedValue.where(CURRENT, this).call(requests);
  }

  private static long now() {
    return System.nanoTime() - START;
  }

  private static long in(Duration time) {
    return now() + time.toNanos();
  }

  /** The next bytes from the client. */
  byte[] read() {
    if (closing) {
      throw new CloseConnectionException("the last request on this connection is answered");
    }
    byte[] bytes = reader.get();
    if (betweenRequests) {
      betweenRequests = false;
      readDeadline = in(limits.headTime());
    }
    return bytes;
  }

  /** The head of a request is complete. */
  void headCame(boolean bodyFollows) {
    readDeadline = bodyFollows ? in(limits.bodyTime()) : NEVER;
  }

  /** The body of a request is complete. */
  void bodyCame() {
    readDeadline = NEVER;
  }

  /**
   * A request is answered.
   *
   * @param last whether no other is taken on this connection
   */
  void answered(boolean last) {
    closing = last;
    readDeadline = in(limits.idleTime());
    betweenRequests = true;
  }

  void writeBegins() {
    writeDeadline = in(limits.writeTime());
  }

  void writeEnds() {
    writeDeadline = NEVER;
  }

  /**
   * Watches the client while a request is answered, whose body has been read.
   *
   * @param cancel runs on a thread of the server's own once the client has closed the connection,
   *     or the server ends its answers; at once if that has happened; must be quick
   */
  public Watch watch(Runnable cancel) {
    Watch begun = new Watch(this, cancel);
    watch.set(begun);
    reader.watch();
    if (gone) {
      gone();
    } else if (ending) {
      endAnswer();
    }
    return begun;
  }

  /** Ends the answer that the client is being given, and those it asks for from now on. */
  void endAnswer() {
    ending = true;
    Watch watched = watch.get();
    if (watched != null) {
      watched.ended = true;
      watched.cancel.run();
    }
  }

  /** The client has closed the connection, or was cut off. */
  private void gone() {
    gone = true;
    Watch watched = watch.getAndSet(null);
    if (watched != null) {
      watched.gone = true;
      watched.cancel.run();
    }
  }

  /** Cuts off a client that is late. */
  void check() {
    long now = now();
    if (!gone && (now > readDeadline || now > writeDeadline)) {
      gone();
      close();
    }
  }

  private void close() {
    try {
      socket.close();
    } catch (UncheckedIOException e) {
      ClientConnections.LOG.log(System.Logger.Level.DEBUG, "closing a client's connection", e);
    }
  }
}

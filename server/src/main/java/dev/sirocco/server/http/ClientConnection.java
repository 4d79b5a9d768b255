package dev.sirocco.server.http;

import io.helidon.common.socket.HelidonSocket;
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
  private final ServerLimits limits;
  private final ClientConnections all;
  private final AtomicReference<@Nullable Watch> watch = new AtomicReference<>();
  private volatile long readDeadline;
  private volatile long writeDeadline = NEVER;
  private volatile boolean betweenRequests;
  private volatile boolean cutOff;

  /** Sees to it that an action runs if the client goes away. */
  public static final class Watch implements AutoCloseable {
    private final ClientConnection connection;
    private final Runnable whenGone;
    private volatile boolean gone;

    private Watch(ClientConnection connection, Runnable whenGone) {
      this.connection = connection;
      this.whenGone = whenGone;
    }

    /** Whether the client went away while it was watched. */
    public boolean isGone() {
      return gone;
    }

    /** Watches no more. */
    @Override
    public void close() {
      connection.watch.compareAndSet(this, null);
    }
  }

  ClientConnection(HelidonSocket socket, ServerLimits limits, ClientConnections all) {
    this.socket = socket;
    this.limits = limits;
    this.all = all;
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

  /** Something came from the client. */
  void received() {
    if (betweenRequests) {
      betweenRequests = false;
      readDeadline = in(limits.headTime());
    }
  }

  /** The head of a request is complete. */
  void headCame(boolean bodyFollows) {
    readDeadline = bodyFollows ? in(limits.bodyTime()) : NEVER;
  }

  /** The body of a request is complete. */
  void bodyCame() {
    readDeadline = NEVER;
  }

  /** A request is answered. */
  void answered() {
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
   * @param whenGone runs on a thread of the server's own once the client has closed the connection;
   *     must be quick
   */
  public Watch watch(Runnable whenGone) {
    Watch begun = new Watch(this, whenGone);
    watch.set(begun);
    socket.idle();
    all.wake();
    return begun;
  }

  /** Whether the client is being watched. */
  boolean isWatched() {
    return watch.get() != null;
  }

  /** Cuts off a client that is late, and tells the watch of one that is gone. */
  void check() {
    long now = now();
    if (!cutOff && (now > readDeadline || now > writeDeadline)) {
      cutOff = true;
      close();
    }
    Watch watched = watch.get();
    if (watched != null
        && (cutOff || !socket.isConnected())
        && watch.compareAndSet(watched, null)) {
      watched.gone = true;
      watched.whenGone.run();
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

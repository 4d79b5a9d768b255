package dev.sirocco.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.http1.Http1ConnectionSelectorConfig;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * All connections of the server, and the thread that cuts off the late ones. To Helidon it is
 * HTTP/1.1 itself.
 */
public final class ClientConnections implements ServerConnectionSelector, AutoCloseable {

  static final System.Logger LOG = System.getLogger("dev.sirocco.server");

  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ServerLimits limits;
  private final Http1ConnectionSelector http1;
  private final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
  private final Thread watcher;
  private volatile boolean closed;

  /** No connection yet; the thread runs until this is closed. */
  public ClientConnections(ServerLimits limits) {
    this.limits = limits;
    this.http1 =
        Http1ConnectionSelectorConfig.builder()
            .config(Http1Config.builder().maxHeadersSize(limits.headerBytes()).build())
            .build();
    this.watcher = Thread.ofPlatform().name("sirocco-connections").daemon().start(this::watch);
  }

  private void watch() {
    while (!closed) {
      connections.forEach(ClientConnection::check);
      LockSupport.parkNanos(this, PERIOD_NANOS);
    }
  }

  /** How many connections there are. */
  public int size() {
    return connections.size();
  }

  /** Ends all answers that clients are being given; they are told that the server shuts down. */
  public void endAnswers() {
    connections.forEach(ClientConnection::endAnswer);
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http1.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http1.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http1.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    ClientConnection client =
        new ClientConnection(context.serverSocket(), context.dataReader(), limits);
    connections.add(client);
    return new Handling(client, http1.connection(new TimedContext(context, client)));
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(watcher);
  }

  /** Serves one connection, and forgets it afterwards. */
  private final class Handling implements ServerConnection {
    private final ClientConnection client;
    private final ServerConnection delegate;

    Handling(ClientConnection client, ServerConnection delegate) {
      this.client = client;
      this.delegate = delegate;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
      try {
        client.<InterruptedException>run(
            () -> {
              delegate.handle(limit);
              return null;
            });
      } finally {
        connections.remove(client);
      }
    }

    @Override
    public Duration idleTime() {
      return delegate.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      delegate.close(interrupt);
    }
  }
}

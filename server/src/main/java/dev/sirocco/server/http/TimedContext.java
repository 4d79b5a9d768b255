package dev.sirocco.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** A connection of Helidon's that tells a {@link ClientConnection} when it reads and writes. */
final class TimedContext implements ConnectionContext {

  private final ConnectionContext delegate;
  private final DataReader reader;
  private final DataWriter writer;

  TimedContext(ConnectionContext delegate, ClientConnection client) {
    this.delegate = delegate;
    this.reader = DataReader.create(client::read);
    this.writer = new TimedWriter(delegate.dataWriter(), client);
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public ListenerContext listenerContext() {
    return delegate.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return delegate.executor();
  }

  @Override
  public Router router() {
    return delegate.router();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return delegate.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return delegate.serverSocket();
  }

  @Override
  public PeerInfo remotePeer() {
    return delegate.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return delegate.localPeer();
  }

  @Override
  public boolean isSecure() {
    return delegate.isSecure();
  }

  @Override
  public String socketId() {
    return delegate.socketId();
  }

  @Override
  public String childSocketId() {
    return delegate.childSocketId();
  }

  private record TimedWriter(DataWriter delegate, ClientConnection client) implements DataWriter {

    private void timed(Runnable write) {
      client.writeBegins();
      try {
        write.run();
      } finally {
        client.writeEnds();
      }
    }

    @Override
    public void write(BufferData... buffers) {
      timed(() -> delegate.write(buffers));
    }

    @Override
    public void write(BufferData buffer) {
      timed(() -> delegate.write(buffer));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      timed(() -> delegate.writeNow(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
      timed(() -> delegate.writeNow(buffer));
    }

    @Override
    public void flush() {
      timed(delegate::flush);
    }

    @Override
    public void close() {
      delegate.close();
    }
  }
}

package dev.sirocco.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every request goes through: it gets an id, is let in or not, and is noted in the access log.
 * Neither keys nor what is asked are noted.
 */
public final class RequestFilter implements Filter {

  /** The header that names a request, in both directions. */
  public static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");

  /** What the log says where no status could be sent. */
  private static final int CLIENT_GONE = 499;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private final ServerOptions options;
  private final AccessGuard guard;
  private final BiConsumer<Integer, Duration> listener;
  private final AtomicInteger active = new AtomicInteger();
  private final Semaphore ended = new Semaphore(0);

  /**
   * A filter.
   *
   * @param answered is told the status of each answer, and how long it took
   */
  public RequestFilter(
      ServerOptions options, AccessGuard guard, BiConsumer<Integer, Duration> answered) {
    this.options = options;
    this.guard = guard;
    this.listener = answered;
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    long started = System.nanoTime();
    ClientConnection client = ClientConnection.current();
    client.headCame(request.content().hasEntity());
    active.incrementAndGet();
    String id = request.headers().first(REQUEST_ID).filter(x -> ID.matcher(x).matches()).orElse("");
    if (id.isEmpty()) {
      id = UUID.randomUUID().toString();
    }
    response.header(REQUEST_ID, id);
    int status = CLIENT_GONE;
    try {
      if (!guard.answers(request, response)) {
        chain.proceed();
      }
      status = response.status().code();
    } catch (ApiException e) {
      status = e.status();
      throw e;
    } finally {
      client.answered();
      log(request, status, id, started);
      active.decrementAndGet();
      ended.release();
    }
  }

  /** Requests that are being answered. */
  public int active() {
    return active.get();
  }

  /**
   * Waits until no request is being answered.
   *
   * @return whether that was so before the deadline
   */
  public boolean awaitNone(Duration deadline) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (active.get() > 0) {
      ended.drainPermits();
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      if (active.get() > 0 && !ended.tryAcquire(left, TimeUnit.NANOSECONDS)) {
        return active.get() == 0;
      }
    }
    return true;
  }

  private void log(RoutingRequest request, int status, String id, long started) {
    Duration took = Duration.ofNanos(System.nanoTime() - started);
    listener.accept(status, took);
    ObjectNode line = Json.object();
    line.put("time", Instant.now().toString());
    line.put("request_id", id);
    line.put("remote", request.remotePeer().host());
    line.put("method", request.prologue().method().text());
    line.put("path", request.path().path());
    line.put("status", status);
    line.put("ms", took.toMillis());
    options.accessLog().accept(Json.write(line));
  }
}

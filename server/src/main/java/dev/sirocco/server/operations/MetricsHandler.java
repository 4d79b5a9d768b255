package dev.sirocco.server.operations;

import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** {@code GET /metrics} in Prometheus' text format. */
public final class MetricsHandler implements HttpService {

  private final ServerMetrics metrics;

  public MetricsHandler(ServerMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.get(rules, "/metrics", this::scrape);
  }

  private void scrape(ServerRequest request, ServerResponse response) {
    Responses.text(response, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape());
  }
}

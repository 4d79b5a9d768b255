package dev.sirocco.server.operations;

import dev.sirocco.engine.EngineStatus;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.server.generation.ConstraintCache;
import dev.sirocco.server.http.ClientConnections;
import dev.sirocco.server.http.RequestFilter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.function.ToDoubleFunction;

/** What the server and its engine do, for Prometheus. Thread-safe. */
public final class ServerMetrics {

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Notes an answered request. */
  public void answered(int status, Duration took) {
    registry.timer("sirocco.http.requests", "status", Integer.toString(status)).record(took);
  }

  /** Watches the server's connections and requests. */
  public void watch(ClientConnections connections, RequestFilter requests) {
    Gauge.builder("sirocco.http.connections", connections, ClientConnections::size)
        .description("Open connections")
        .register(registry);
    Gauge.builder("sirocco.http.active", requests, RequestFilter::active)
        .description("Requests that are being answered over HTTP")
        .register(registry);
  }

  /** Watches an engine. */
  public void watch(ServingEngine engine) {
    gauge(engine, "sirocco.requests", "state", "queued", EngineStatus::queued);
    gauge(engine, "sirocco.requests", "state", "running", EngineStatus::running);
    gauge(engine, "sirocco.kv.blocks", "state", "used", EngineStatus::usedBlocks);
    gauge(engine, "sirocco.kv.blocks", "state", "cached", EngineStatus::cachedBlocks);
    gauge(
        engine,
        "sirocco.kv.blocks",
        "state",
        "free",
        status -> status.blocks() - status.usedBlocks() - status.cachedBlocks());
    counter(engine, "sirocco.prefix.lookup.tokens", EngineStatus::prefixLookups);
    counter(engine, "sirocco.prefix.hit.tokens", EngineStatus::prefixHits);
    counter(engine, "sirocco.preemptions", EngineStatus::preemptions);
    engine.addListener(new EngineMeters(registry, engine.model().config()));
  }

  /** Watches the forms of answers that are kept. */
  public void watch(ConstraintCache constraints) {
    Gauge.builder("sirocco.constraints", constraints, ConstraintCache::size)
        .description("Schemas, patterns and grammars that are kept compiled")
        .register(registry);
  }

  private void gauge(
      ServingEngine engine,
      String name,
      String tag,
      String value,
      ToDoubleFunction<EngineStatus> of) {
    Gauge.builder(name, engine, e -> of.applyAsDouble(e.status()))
        .tag(tag, value)
        .register(registry);
  }

  private void counter(ServingEngine engine, String name, ToDoubleFunction<EngineStatus> of) {
    FunctionCounter.builder(name, engine, e -> of.applyAsDouble(e.status())).register(registry);
  }

  /** All of it in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }
}

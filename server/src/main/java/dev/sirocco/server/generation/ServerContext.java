package dev.sirocco.server.generation;

import dev.sirocco.server.http.ServerLimits;
import dev.sirocco.server.http.ServerOptions;

/**
 * What handlers share.
 *
 * @param options the server's options
 * @param models the served model
 */
public record ServerContext(ServerOptions options, ModelSlot models) {

  /** How much a client may ask. */
  public ServerLimits limits() {
    return options.limits();
  }
}

package dev.sirocco.server.openai;

import java.util.UUID;

/** Names of answers. */
final class Ids {

  private Ids() {}

  /** A new name, such as {@code chatcmpl-0f3c…}. */
  static String next(String prefix) {
    return prefix + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
  }
}

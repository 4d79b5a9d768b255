package dev.sirocco.engine;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.OptionalInt;

/**
 * Names the content of a full block: SHA-256 over the key of the block before it and its own
 * tokens. So equal keys mean equal tokens from the sequence's start on, and since nobody can find
 * two texts of one hash, no request can be made to read another's block.
 */
record BlockKey(long a, long b, long c, long d) {

  /**
   * Stands before the first block. Sequences that use another number of experts have other keys and
   * values.
   */
  static BlockKey root(OptionalInt expertsPerToken) {
    return new BlockKey(0, 0, 0, expertsPerToken.orElse(0));
  }

  /** The key of the block with {@code tokens} that follows this one. */
  BlockKey next(int[] tokens) {
    ByteBuffer bytes = ByteBuffer.allocate(32 + 4 * tokens.length);
    bytes.putLong(a).putLong(b).putLong(c).putLong(d);
    for (int token : tokens) {
      bytes.putInt(token);
    }
    ByteBuffer hash = ByteBuffer.wrap(sha256().digest(bytes.array()));
    return new BlockKey(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}

package dev.sirocco.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;

/**
 * The keys that open the server. Kept as hashes and compared in constant time; never printed.
 * Immutable.
 */
public final class ApiKeys {

  private static final int SHORTEST = 8;

  private final List<byte[]> hashes;

  private ApiKeys(List<byte[]> hashes) {
    this.hashes = hashes;
  }

  /** No key: everybody may ask. */
  public static ApiKeys none() {
    return new ApiKeys(List.of());
  }

  /**
   * Keys.
   *
   * @throws IllegalArgumentException if one is shorter than 8 characters or holds white space
   */
  public static ApiKeys of(Collection<String> keys) {
    return new ApiKeys(keys.stream().map(ApiKeys::checked).map(ApiKeys::hash).toList());
  }

  /**
   * Keys from a file, one on each line; empty lines and such that begin with # do not count.
   *
   * @throws IllegalArgumentException if there is none, or one is not valid
   */
  public static ApiKeys read(Path file) throws IOException {
    List<String> keys =
        Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          file + " holds no key; wanted one on each line, at least one");
    }
    return of(keys);
  }

  private static String checked(String key) {
    if (key.length() < SHORTEST || key.chars().anyMatch(Character::isWhitespace)) {
      throw new IllegalArgumentException(
          "an API key has %d characters or holds white space; wanted at least %d, without"
              .formatted(key.length(), SHORTEST));
    }
    return key;
  }

  /** Whether a key is needed at all. */
  public boolean required() {
    return !hashes.isEmpty();
  }

  /** Whether a key is one of these; takes the same time whichever it is. */
  public boolean accepts(String key) {
    byte[] hash = hash(key);
    boolean found = false;
    for (byte[] known : hashes) {
      found |= MessageDigest.isEqual(known, hash);
    }
    return found;
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "ApiKeys[%d]".formatted(hashes.size());
  }
}

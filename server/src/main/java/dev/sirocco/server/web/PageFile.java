package dev.sirocco.server.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file of the page, from the program's resources.
 *
 * @param name of the file
 * @param mediaType for {@code Content-Type}
 * @param bytes the content; not to be changed
 * @param etag a quoted hash of the content
 */
record PageFile(String name, String mediaType, byte[] bytes, String etag) {

  /**
   * Reads a file next to this class.
   *
   * @throws IllegalStateException if there is none, or its type is unknown
   */
  static PageFile of(String name) {
    try (InputStream in = PageFile.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its resource " + name);
      }
      byte[] bytes = in.readAllBytes();
      return new PageFile(name, mediaType(name), bytes, etag(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String mediaType(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalStateException("no media type is known for " + name);
    };
  }

  private static String etag(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + HexFormat.of().formatHex(hash, 0, 12) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Whether a client that sends this {@code If-None-Match} has the content already. */
  boolean isKnownBy(String ifNoneMatch) {
    for (String known : ifNoneMatch.split(",", -1)) {
      String tag = known.strip();
      if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
        return true;
      }
    }
    return false;
  }
}

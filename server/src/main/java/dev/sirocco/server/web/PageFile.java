package dev.sirocco.server.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A file of the page, from the program's resources. */
final class PageFile {

  private final String name;
  private final String mediaType;
  private final byte[] bytes;
  private final String etag;

  private PageFile(String name, byte[] bytes) {
    this.name = name;
    this.mediaType = mediaTypeOf(name);
    this.bytes = bytes;
    this.etag = etagOf(bytes);
  }

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
      return new PageFile(name, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return name;
  }

  /** For {@code Content-Type}. */
  String mediaType() {
    return mediaType;
  }

  /** The content; not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  /** A quoted hash of the content. */
  String etag() {
    return etag;
  }

  private static String mediaTypeOf(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalStateException("no media type is known for " + name);
    };
  }

  private static String etagOf(byte[] bytes) {
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

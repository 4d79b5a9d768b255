package dev.sirocco.server.http;

import java.time.Duration;

/**
 * How much a client may ask of the server, and how long it may take. Immutable; made by {@link
 * #builder()}.
 *
 * @param bodyBytes longest body
 * @param headerBytes longest head of a request, its first line apart
 * @param connections most connections at once
 * @param n most answers to one prompt
 * @param prompts most prompts, or texts to embed, of one request
 * @param maxTokens most tokens of an answer, whatever the request asks for
 * @param stopStrings most stop strings
 * @param stopLength longest stop string in characters
 * @param schemaLength longest JSON Schema in characters
 * @param grammarLength longest grammar or regular expression in characters
 * @param headTime for the head of a request to come
 * @param bodyTime for the body of a request to come
 * @param idleTime for the next request on a connection
 * @param writeTime for a client to take a part of the answer
 * @param keepAlive after so long without a token a stream brings a comment
 */
public record ServerLimits(
    long bodyBytes,
    int headerBytes,
    int connections,
    int n,
    int prompts,
    int maxTokens,
    int stopStrings,
    int stopLength,
    int schemaLength,
    int grammarLength,
    Duration headTime,
    Duration bodyTime,
    Duration idleTime,
    Duration writeTime,
    Duration keepAlive) {

  /**
   * @throws IllegalArgumentException if a value is not positive
   */
  public ServerLimits {
    positive("body-bytes", bodyBytes);
    positive("header-bytes", headerBytes);
    positive("connections", connections);
    positive("n", n);
    positive("prompts", prompts);
    positive("max-tokens", maxTokens);
    positive("stop-strings", stopStrings);
    positive("stop-length", stopLength);
    positive("schema-length", schemaLength);
    positive("grammar-length", grammarLength);
    positive("head-time", headTime.toMillis());
    positive("body-time", bodyTime.toMillis());
    positive("idle-time", idleTime.toMillis());
    positive("write-time", writeTime.toMillis());
    positive("keep-alive", keepAlive.toMillis());
  }

  private static void positive(String what, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s must be above 0, but is %d".formatted(what, value));
    }
  }

  /** The builder's values unchanged. */
  public static ServerLimits defaults() {
    return builder().build();
  }

  /**
   * 8 MiB of body, 16 KiB of head, 1024 connections, 16 answers, 16 stop strings of 1024
   * characters, schemas of 256 K and grammars of 64 K characters.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects limits; see {@link ServerLimits} for their meaning. Not thread-safe. */
  public static final class Builder {
    private long bodyBytes = 8 << 20;
    private int headerBytes = 16 << 10;
    private int connections = 1024;
    private int n = 16;
    private int prompts = 512;
    private int maxTokens = 1 << 20;
    private int stopStrings = 16;
    private int stopLength = 1024;
    private int schemaLength = 256 << 10;
    private int grammarLength = 64 << 10;
    private Duration headTime = Duration.ofSeconds(10);
    private Duration bodyTime = Duration.ofSeconds(30);
    private Duration idleTime = Duration.ofSeconds(75);
    private Duration writeTime = Duration.ofSeconds(30);
    private Duration keepAlive = Duration.ofSeconds(10);

    private Builder() {}

    public Builder bodyBytes(long value) {
      bodyBytes = value;
      return this;
    }

    public Builder headerBytes(int value) {
      headerBytes = value;
      return this;
    }

    public Builder connections(int value) {
      connections = value;
      return this;
    }

    public Builder n(int value) {
      n = value;
      return this;
    }

    public Builder prompts(int value) {
      prompts = value;
      return this;
    }

    public Builder maxTokens(int value) {
      maxTokens = value;
      return this;
    }

    public Builder stopStrings(int value) {
      stopStrings = value;
      return this;
    }

    public Builder stopLength(int value) {
      stopLength = value;
      return this;
    }

    public Builder schemaLength(int value) {
      schemaLength = value;
      return this;
    }

    public Builder grammarLength(int value) {
      grammarLength = value;
      return this;
    }

    public Builder headTime(Duration value) {
      headTime = value;
      return this;
    }

    public Builder bodyTime(Duration value) {
      bodyTime = value;
      return this;
    }

    public Builder idleTime(Duration value) {
      idleTime = value;
      return this;
    }

    public Builder writeTime(Duration value) {
      writeTime = value;
      return this;
    }

    public Builder keepAlive(Duration value) {
      keepAlive = value;
      return this;
    }

    /**
     * The limits.
     *
     * @throws IllegalArgumentException if a value is not positive
     */
    public ServerLimits build() {
      return new ServerLimits(
          bodyBytes,
          headerBytes,
          connections,
          n,
          prompts,
          maxTokens,
          stopStrings,
          stopLength,
          schemaLength,
          grammarLength,
          headTime,
          bodyTime,
          idleTime,
          writeTime,
          keepAlive);
    }
  }
}

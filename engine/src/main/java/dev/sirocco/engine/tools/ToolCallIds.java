package dev.sirocco.engine.tools;

import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.ToolCall;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Names of tool calls: 9 letters and digits, as Mistral's formats want them. */
public final class ToolCallIds {

  private static final int LENGTH = 9;
  private static final String CHARACTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final Pattern VALID = Pattern.compile("[a-zA-Z0-9]{9}");
  private static final RandomGenerator RANDOM = new SecureRandom();

  private ToolCallIds() {}

  /** A new id. */
  public static String next() {
    StringBuilder id = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      id.append(CHARACTERS.charAt(RANDOM.nextInt(CHARACTERS.length())));
    }
    return id.toString();
  }

  /**
   * Messages in which every id that another server gave, such as {@code call_abc}, is replaced by
   * one of 9 letters and digits that depends on it alone, so that calls and results still meet.
   */
  public static List<ChatMessage> withValidIds(List<ChatMessage> messages) {
    return messages.stream().map(ToolCallIds::withValidIds).toList();
  }

  private static ChatMessage withValidIds(ChatMessage message) {
    List<ToolCall> calls =
        message.toolCalls().stream()
            .map(call -> new ToolCall(valid(call.id()), call.name(), call.arguments()))
            .toList();
    Optional<String> resultOf = message.toolCallId().map(ToolCallIds::valid);
    return new ChatMessage(message.role(), message.content(), calls, resultOf, message.name());
  }

  private static String valid(String id) {
    if (VALID.matcher(id).matches()) {
      return id;
    }
    BigInteger number = new BigInteger(1, sha256(id));
    StringBuilder valid = new StringBuilder(LENGTH);
    BigInteger base = BigInteger.valueOf(CHARACTERS.length());
    for (int i = 0; i < LENGTH; i++) {
      BigInteger[] parts = number.divideAndRemainder(base);
      valid.append(CHARACTERS.charAt(parts[1].intValue()));
      number = parts[0];
    }
    return valid.toString();
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

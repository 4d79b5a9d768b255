package dev.sirocco.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Small tokenizer files, written by the test. */
final class TinyFiles {

  private TinyFiles() {}

  /** A SentencePiece model: unknown, two control tokens, 256 bytes and some pieces. */
  static byte[] sentencePiece() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    piece(out, "<unk>", 0, 2);
    piece(out, "<s>", 0, 3);
    piece(out, "</s>", 0, 3);
    for (int b = 0; b < 256; b++) {
      piece(out, "<0x%02X>".formatted(b), 0, 6);
    }
    float score = 0;
    for (String text : List.of("▁a", "ab", "▁ab", "abc", "▁▁", "é", "日本")) {
      piece(out, text, score--, 1);
    }
    piece(out, "[USER]", 0, 4);
    for (String text : List.of("▁", "a", "b", "c", "日")) {
      piece(out, text, score--, 1);
    }
    ByteArrayOutputStream trainer = new ByteArrayOutputStream();
    varint(trainer, 3 << 3);
    varint(trainer, 2);
    bytes(out, 2, trainer.toByteArray());
    ByteArrayOutputStream normalizer = new ByteArrayOutputStream();
    varint(normalizer, 4 << 3);
    varint(normalizer, 0);
    bytes(out, 3, normalizer.toByteArray());
    return out.toByteArray();
  }

  static void piece(ByteArrayOutputStream out, String text, float score, int type) {
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    bytes(piece, 1, text.getBytes(StandardCharsets.UTF_8));
    varint(piece, (2 << 3) | 5);
    piece.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(score).array());
    varint(piece, 3 << 3);
    varint(piece, type);
    bytes(out, 1, piece.toByteArray());
  }

  static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
    varint(out, (field << 3) | 2);
    varint(out, value.length);
    out.writeBytes(value);
  }

  static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest >>> 7 != 0) {
      out.write((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** A tekken file of 4 control tokens, 256 bytes and some words; one more is listed, not used. */
  static String tekken() {
    List<String> entries = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      entries.add(tekkenEntry(b, new byte[] {(byte) b}));
    }
    for (String word : List.of("ab", " a", "abc", "é", "unused")) {
      entries.add(tekkenEntry(entries.size(), word.getBytes(StandardCharsets.UTF_8)));
    }
    return """
        {"config": {"pattern": "\\\\s+|\\\\S+", "default_vocab_size": 264,
          "default_num_special_tokens": 4, "version": "v3"},
         "vocab": [%s]}"""
        .formatted(String.join(",", entries));
  }

  static String tekkenEntry(int rank, byte[] bytes) {
    return "{\"rank\":%d,\"token_bytes\":\"%s\",\"token_str\":null}"
        .formatted(rank, Base64.getEncoder().encodeToString(bytes));
  }
}

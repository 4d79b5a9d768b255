package dev.sirocco.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files that people name. */
final class TextFiles {

  private TextFiles() {}

  /**
   * A file's text; of {@code -}, that of standard input.
   *
   * @throws CommandFailure if it is not UTF-8
   */
  static String read(Path file, InputStream standardInput) throws IOException {
    boolean fromInput = file.toString().equals("-");
    byte[] bytes = fromInput ? standardInput.readAllBytes() : bytes(file);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CommandFailure(
          "%s: is not a UTF-8 text; convert it first"
              .formatted(fromInput ? "standard input" : file),
          e);
    }
  }

  /**
   * A file's bytes.
   *
   * @throws CommandFailure if it is a folder, which the JDK's message would not name
   */
  static byte[] bytes(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new CommandFailure(file + ": is a folder; name a file");
    }
    return Files.readAllBytes(file);
  }
}

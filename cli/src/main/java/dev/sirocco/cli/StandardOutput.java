package dev.sirocco.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers why it failed, which a {@link java.io.PrintWriter} forgets: the
 * reader of a pipe that left is no error, a full disk is one.
 */
final class StandardOutput extends OutputStream {

  private final OutputStream target;
  private @Nullable IOException failure;

  StandardOutput(OutputStream target) {
    this.target = target;
  }

  /** The process's standard output. */
  static StandardOutput ofProcess() {
    return new StandardOutput(new FileOutputStream(FileDescriptor.out));
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** What the first failed write threw, if any. */
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Whether whoever read this output is gone, as {@code head} is after ten lines. */
  boolean readerIsGone() {
    return failure != null && String.valueOf(failure.getMessage()).contains("Broken pipe");
  }
}

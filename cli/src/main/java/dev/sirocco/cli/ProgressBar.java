package dev.sirocco.cli;

import java.io.PrintWriter;

/**
 * Shows on the error stream how far a long work has come: as a bar that is drawn again and again on
 * a terminal, as one line for each tenth elsewhere. Not thread-safe.
 */
final class ProgressBar implements AutoCloseable {

  private static final int WIDTH = 30;

  private final PrintWriter err;
  private final boolean terminal;
  private int lastTenth;
  private boolean drawn;

  ProgressBar(Streams streams) {
    this.err = streams.err();
    this.terminal = streams.terminals().err();
  }

  /** Tells that {@code done} of {@code total} parts are done, with the result so far. */
  void update(int done, int total, String result) {
    if (terminal) {
      int filled = (int) ((long) WIDTH * done / total);
      err.print(
          "\r[%s%s] %d/%d  %s\033[K"
              .formatted("#".repeat(filled), "-".repeat(WIDTH - filled), done, total, result));
      err.flush();
      drawn = true;
      return;
    }
    int tenth = (int) (10L * done / total);
    if (tenth > lastTenth) {
      lastTenth = tenth;
      err.println("%d/%d  %s".formatted(done, total, result));
    }
  }

  /** Ends the line. A second call does nothing. */
  @Override
  public void close() {
    if (drawn) {
      err.println();
      drawn = false;
    }
  }
}

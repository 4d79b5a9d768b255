package dev.sirocco.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes; always in UTF-8, whatever the locale says.
 *
 * @param in standard input
 * @param out results
 * @param err messages and progress
 * @param terminals which of the three are terminals
 */
record Streams(InputStream in, PrintWriter out, PrintWriter err, Terminals terminals) {

  /**
   * Which streams are terminals.
   *
   * @param in whether input is typed by a person
   * @param out whether results are shown to a person
   * @param err whether messages are shown to a person
   */
  record Terminals(boolean in, boolean out, boolean err) {

    static final Terminals NONE = new Terminals(false, false, false);

    /**
     * What the launcher found out: the system property {@code sirocco.terminals} lists the file
     * descriptors that are terminals, such as {@code 012}. Without a launcher none counts as one.
     */
    static Terminals detect() {
      String listed = System.getProperty("sirocco.terminals", "");
      return new Terminals(listed.contains("0"), listed.contains("1"), listed.contains("2"));
    }
  }

  /** The process's own streams; results go through {@code out}, so that its failures are known. */
  static Streams standard(StandardOutput out) {
    return new Streams(
        System.in,
        writer(out),
        writer(new FileOutputStream(FileDescriptor.err)),
        Terminals.detect());
  }

  private static PrintWriter writer(OutputStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }
}

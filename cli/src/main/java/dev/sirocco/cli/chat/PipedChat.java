package dev.sirocco.cli.chat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** A chat whose input or output is not a terminal: each line is a message, answers are plain. */
public final class PipedChat {

  private PipedChat() {}

  /** Takes line after line until the input ends or nobody reads the output any more. */
  public static void run(InputStream in, PrintWriter out, Conversation conversation)
      throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    StringBuilder message = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.endsWith("\\")) {
        message.append(line, 0, line.length() - 1).append('\n');
        continue;
      }
      message.append(line);
      if (!conversation.take(message.toString()) || out.checkError()) {
        return;
      }
      message.setLength(0);
    }
    if (!message.isEmpty()) {
      conversation.take(message.toString());
    }
  }
}

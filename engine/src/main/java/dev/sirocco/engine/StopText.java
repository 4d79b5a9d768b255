package dev.sirocco.engine;

import java.util.List;

/**
 * Finds stop strings in streamed text, also across the borders of its pieces, and lets only text
 * through that cannot be part of one.
 *
 * <p>Example with the stop string {@code "\n\nQ"}: after the pieces {@code "A.\n"} and {@code
 * "\nQ:"}, the first lets {@code "A."} through and the second nothing; the text has ended.
 */
final class StopText {

  private final List<String> stops;
  private String held = "";
  private boolean stopped;

  StopText(List<String> stops) {
    this.stops = stops;
  }

  /** Whether a stop string was found. */
  boolean stopped() {
    return stopped;
  }

  /** Takes a piece, and gives what has become certain; nothing once stopped. */
  String add(String piece) {
    if (stopped) {
      return "";
    }
    held += piece;
    int end = firstStop();
    stopped = end >= 0;
    int certain = stopped ? end : held.length() - longestBegun();
    String text = held.substring(0, certain);
    held = held.substring(certain);
    return text;
  }

  /** What was held back in case it had begun a stop string; nothing if stopped. */
  String finish() {
    String rest = stopped ? "" : held;
    held = "";
    return rest;
  }

  private int firstStop() {
    return stops.stream().mapToInt(held::indexOf).filter(at -> at >= 0).min().orElse(-1);
  }

  /** Length of the longest end of the held text that begins a stop string. */
  private int longestBegun() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (held.endsWith(stop.substring(0, n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}

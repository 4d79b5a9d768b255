package dev.sirocco.cli;

import java.util.Locale;

/** Large numbers as people read them. */
final class Amounts {

  private static final String[] BYTE_UNITS = {"B", "KB", "MB", "GB", "TB"};

  private Amounts() {}

  /** Bytes in decimal units: {@code 9.88 MB}. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, "%.2f %s", value, BYTE_UNITS[unit]);
  }

  /** A count of parameters: {@code 46.70 B}, {@code 9.19 M}, {@code 512}. */
  static String parameters(long count) {
    if (count >= 1_000_000_000L) {
      return String.format(Locale.ROOT, "%.2f B", count / 1e9);
    }
    if (count >= 1_000_000L) {
      return String.format(Locale.ROOT, "%.2f M", count / 1e6);
    }
    return count >= 1000 ? String.format(Locale.ROOT, "%.2f K", count / 1e3) : "" + count;
  }
}

package dev.sirocco.tokenizer.jinja;

import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates in the manner of Python's {@code strftime}. */
final class DateText {

  private DateText() {}

  static String now(String format) {
    return format(ZonedDateTime.now(ZoneId.systemDefault()), format);
  }

  static String format(ZonedDateTime time, String format) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char directive = format.charAt(++i);
      boolean unpadded = directive == '-' && i + 1 < format.length();
      if (unpadded) {
        directive = format.charAt(++i);
      }
      String text = directive(time, directive);
      out.append(unpadded && text.length() > 1 && text.startsWith("0") ? text.substring(1) : text);
    }
    return out.toString();
  }

  private static String directive(ZonedDateTime time, char directive) {
    String pattern =
        switch (directive) {
          case 'Y' -> "uuuu";
          case 'y' -> "uu";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'B' -> "MMMM";
          case 'b' -> "MMM";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'j' -> "DDD";
          case 'Z' -> "zzz";
          case 'z' -> "xx";
          case 'F' -> "uuuu-MM-dd";
          case 'T' -> "HH:mm:ss";
          case '%' -> "'%'";
          default ->
              throw new TemplateException(
                  "strftime_now: the directive '%%%c' is not known".formatted(directive));
        };
    return DateTimeFormatter.ofPattern(pattern, Locale.US).format(time);
  }
}

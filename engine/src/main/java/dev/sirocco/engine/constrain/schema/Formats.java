package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Patterns;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The formats of JSON Schema (draft 2020-12, validation, section 7.3) as patterns. Each describes
 * texts of the format; a few rare writings are left out, such as quoted local parts of e-mail
 * addresses, so that {@link #exact} is false for them.
 */
final class Formats {

  private static final String DATE =
      "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
          + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))"
          + "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";

  private static final String TIME =
      "(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?"
          + "(?:[zZ]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)|23:59:60(?:\\.\\d+)?[zZ])";

  private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

  private static final String HOST = LABEL + "(?:\\." + LABEL + ")*";

  private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

  private static final String IPV4 =
      "(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

  private static final String H = "[0-9A-Fa-f]{1,4}";

  private static final String LS32 = "(?:" + H + ":" + H + "|" + IPV4 + ")";

  private static final String IPV6 =
      "(?:(?:H:){6}L|::(?:H:){5}L|(?:H)?::(?:H:){4}L|(?:(?:H:){0,1}H)?::(?:H:){3}L"
          .concat("|(?:(?:H:){0,2}H)?::(?:H:){2}L|(?:(?:H:){0,3}H)?::H:L|(?:(?:H:){0,4}H)?::L")
          .concat("|(?:(?:H:){0,5}H)?::H|(?:(?:H:){0,6}H)?::)")
          .replace("L", LS32)
          .replace("H", H);

  private static final String NUMBER_PART = "\\d+";

  private static final String DURATION =
      "P(?:NW|(?:NY(?:NM(?:ND)?)?|NM(?:ND)?|ND)(?:T(?:NH(?:NM(?:NS)?)?|NM(?:NS)?|NS))?"
          .concat("|T(?:NH(?:NM(?:NS)?)?|NM(?:NS)?|NS))")
          .replace("N", NUMBER_PART);

  private static final String POINTER = "(?:/(?:[^~/]|~[01])*)*";

  private static final Map<String, String> PATTERNS =
      Map.ofEntries(
          Map.entry("date", DATE),
          Map.entry("time", TIME),
          Map.entry("date-time", DATE + "[tT]" + TIME),
          Map.entry("duration", DURATION),
          Map.entry("email", ATOM + "(?:\\." + ATOM + ")*@" + HOST),
          Map.entry("idn-email", ATOM + "(?:\\." + ATOM + ")*@" + HOST),
          Map.entry("hostname", HOST),
          Map.entry("idn-hostname", HOST),
          Map.entry("ipv4", IPV4),
          Map.entry("ipv6", IPV6),
          Map.entry("uri", Uris.uri(Uris.ASCII)),
          Map.entry("uri-reference", Uris.reference(Uris.ASCII)),
          Map.entry("iri", Uris.uri(Uris.UNICODE)),
          Map.entry("iri-reference", Uris.reference(Uris.UNICODE)),
          Map.entry("uri-template", Uris.TEMPLATE),
          Map.entry("uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
          Map.entry("json-pointer", POINTER),
          Map.entry("relative-json-pointer", "(?:0|[1-9]\\d*)(?:#|" + POINTER + ")"),
          Map.entry("regex", SimpleRegexes.PATTERN));

  private static final Set<String> EXACT =
      Set.of("date", "ipv4", "ipv6", "uuid", "json-pointer", "relative-json-pointer");

  private Formats() {}

  /** Texts of a format, or null if the name is not one of JSON Schema's. */
  static @Nullable Regex texts(RegexPool pool, String format) {
    String pattern = PATTERNS.get(format);
    if (pattern == null) {
      return null;
    }
    Regex regex = Patterns.whole(pool, pattern);
    return format.endsWith("hostname") ? pool.and(regex, pool.length(1, 253)) : regex;
  }

  /** Whether {@link #texts} leaves out no text of the format. */
  static boolean exact(String format) {
    return EXACT.contains(format);
  }
}

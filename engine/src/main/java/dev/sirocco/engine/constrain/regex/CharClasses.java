package dev.sirocco.engine.constrain.regex;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The named classes of characters of ECMA-262. */
final class CharClasses {

  static final CharSet DIGIT = CharSet.range('0', '9');

  static final CharSet WORD =
      DIGIT.or(CharSet.range('a', 'z')).or(CharSet.range('A', 'Z')).or(CharSet.of('_'));

  static final CharSet SPACE =
      CharSet.anyOf("\t\n\u000B\f\r \u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF")
          .or(CharSet.range(0x2000, 0x200A));

  /** All but line terminators. */
  static final CharSet DOT = CharSet.anyOf("\n\r\u2028\u2029").complement();

  private static final Map<String, CharSet> PROPERTIES = new ConcurrentHashMap<>();

  private static final Map<String, String> LONG_NAMES =
      Map.ofEntries(
          Map.entry("Letter", "L"),
          Map.entry("Uppercase_Letter", "Lu"),
          Map.entry("Lowercase_Letter", "Ll"),
          Map.entry("Mark", "M"),
          Map.entry("Number", "N"),
          Map.entry("Decimal_Number", "Nd"),
          Map.entry("digit", "Nd"),
          Map.entry("Punctuation", "P"),
          Map.entry("Symbol", "S"),
          Map.entry("Separator", "Z"),
          Map.entry("Space_Separator", "Zs"),
          Map.entry("Alphabetic", "IsAlphabetic"),
          Map.entry("Uppercase", "IsUppercase"),
          Map.entry("Lowercase", "IsLowercase"),
          Map.entry("White_Space", "IsWhite_Space"));

  private CharClasses() {}

  /** The characters of a Unicode property; none if the name is not known. */
  static CharSet property(String name) {
    String key = name.replaceFirst("^(General_Category|gc)=", "");
    String javaName =
        key.replaceFirst("^(Script|sc)=", "Is").equals(key)
            ? LONG_NAMES.getOrDefault(key, key)
            : key.replaceFirst("^(Script|sc)=", "Is");
    return PROPERTIES.computeIfAbsent(javaName, CharClasses::compute);
  }

  private static CharSet compute(String name) {
    if (!name.matches("\\w{1,40}")) {
      return CharSet.NONE;
    }
    try {
      var pattern = java.util.regex.Pattern.compile("\\p{" + name + "}").asMatchPredicate();
      return CharSet.matching(c -> pattern.test(Character.toString(c)));
    } catch (java.util.regex.PatternSyntaxException e) {
      return CharSet.NONE;
    }
  }
}

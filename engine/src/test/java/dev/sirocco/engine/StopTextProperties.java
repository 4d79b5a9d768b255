package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class StopTextProperties {

  @Property(tries = 1000)
  void howTheTextIsCutIntoPiecesDoesNotMatter(
      @ForAll @Chars({'a', 'b'}) @StringLength(max = 30) String text,
      @ForAll @Size(max = 3) List<@NotEmpty @Chars({'a', 'b'}) @StringLength(max = 4) String> stops,
      @ForAll @IntRange(min = 1, max = 5) int pieceLength) {
    StopText streamed = new StopText(stops);
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < text.length(); i += pieceLength) {
      result.append(streamed.add(text.substring(i, Math.min(text.length(), i + pieceLength))));
    }
    result.append(streamed.finish());

    assertThat(result.toString()).isEqualTo(cut(text, stops));
  }

  /**
   * The text before the stop string that is complete first, and of these the one that begins first.
   */
  private static String cut(String text, List<String> stops) {
    int end = stops.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
    return end < 0 ? text : text.substring(0, end);
  }
}

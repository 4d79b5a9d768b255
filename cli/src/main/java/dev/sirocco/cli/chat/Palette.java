package dev.sirocco.cli.chat;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

/**
 * Colours for a chat, or none where nobody would see them.
 *
 * @param enabled whether colours are used
 */
public record Palette(boolean enabled) {

  /** Colours of the 256-colour table that are told apart on light and dark grounds alike. */
  private static final int[] EXPERT_COLOURS = {
    33, 166, 35, 161, 98, 136, 37, 125, 64, 27, 172, 30, 200, 70, 133, 208
  };

  /** Text in the colour of an expert; experts beyond the 16th share colours. */
  String expert(int expert, String text) {
    int colour = EXPERT_COLOURS[Math.floorMod(expert, EXPERT_COLOURS.length)];
    return styled(text, AttributedStyle.DEFAULT.foreground(colour).bold());
  }

  /** Text that steps back: hints and figures. */
  String faint(String text) {
    return styled(text, AttributedStyle.DEFAULT.faint());
  }

  /** Text that a person should look at. */
  String strong(String text) {
    return styled(text, AttributedStyle.DEFAULT.bold());
  }

  private String styled(String text, AttributedStyle style) {
    return enabled ? new AttributedString(text, style).toAnsi() : text;
  }
}

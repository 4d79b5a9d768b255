package dev.sirocco.cli.chat;

import dev.sirocco.engine.Generation;
import dev.sirocco.engine.TokenRouting;
import dev.sirocco.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Shows which experts computed the tokens of an answer.
 *
 * <p>One line for each token; in it, for each layer, the experts in the order of their weights:
 * {@code 52} is expert 5 before expert 2 of a layer with up to ten experts.
 */
final class ExpertTable {

  private static final int PIECE_WIDTH = 14;
  private static final int SINGLE_DIGITS = 10;

  private final Tokenizer tokenizer;
  private final int nExperts;
  private final Palette palette;

  ExpertTable(Tokenizer tokenizer, int nExperts, Palette palette) {
    this.tokenizer = tokenizer;
    this.nExperts = nExperts;
    this.palette = palette;
  }

  /** All layers, token by token. */
  void print(Generation answer, PrintWriter out) {
    int layers = answer.routing().stream().mapToInt(r -> r.layers().size()).max().orElse(0);
    out.println(
        palette.faint(" ".repeat(PIECE_WIDTH) + "  experts of layers 0 to " + (layers - 1)));
    for (int i = 0; i < answer.tokens().size(); i++) {
      String piece = piece(answer.tokens().get(i));
      out.println(
          piece + " ".repeat(Math.max(0, PIECE_WIDTH - piece.length())) + "  " + row(answer, i));
    }
    printLegend(answer.routing().stream().flatMap(r -> r.layers().stream()), out);
  }

  private String row(Generation answer, int token) {
    if (token >= answer.routing().size() || answer.routing().get(token).layers().isEmpty()) {
      return palette.faint("(not computed: the answer ended with it)");
    }
    return answer.routing().get(token).layers().stream()
        .map(this::cell)
        .collect(Collectors.joining(" "));
  }

  private String cell(TokenRouting.Choice choice) {
    return choice.experts().stream()
        .map(expert -> palette.expert(expert, String.valueOf(expert)))
        .collect(Collectors.joining(nExperts <= SINGLE_DIGITS ? "" : ","));
  }

  /** The answer's text in the colours of the first experts of one layer. */
  void printLayer(Generation answer, int layer, PrintWriter out) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < Math.min(answer.tokens().size(), answer.routing().size()); i++) {
      String text = tokenizer.piece(answer.tokens().get(i)).replace('▁', ' ');
      TokenRouting routing = answer.routing().get(i);
      boolean computed = layer < routing.layers().size();
      line.append(
          computed ? palette.expert(routing.layers().get(layer).experts().getFirst(), text) : text);
    }
    out.println(line.toString().replace("<0x0A>", "\n"));
    printLegend(
        answer.routing().stream().flatMap(r -> r.layers().stream().skip(layer).limit(1)), out);
  }

  /** Each expert in its colour, with its share of the choices. */
  private void printLegend(Stream<TokenRouting.Choice> choices, PrintWriter out) {
    long[] uses = new long[nExperts];
    choices.forEach(choice -> choice.experts().forEach(expert -> uses[expert]++));
    long all = Math.max(1, Arrays.stream(uses).sum());
    out.println(
        IntStream.range(0, nExperts)
            .mapToObj(
                e ->
                    palette.expert(e, "expert " + e)
                        + String.format(Locale.ROOT, " %.0f%%", 100.0 * uses[e] / all))
            .collect(Collectors.joining("  ")));
  }

  private String piece(int token) {
    String shown = tokenizer.piece(token).replace("\n", "\\n").replace("\t", "\\t");
    return shown.length() <= PIECE_WIDTH ? shown : shown.substring(0, PIECE_WIDTH - 1) + "…";
  }
}

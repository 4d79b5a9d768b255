package dev.sirocco.tokenizer;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.util.Map;

/** A chat template in the Jinja language. */
final class JinjaTemplate {

  private static final int MOST_OUTPUT = 1 << 26;

  private final String source;
  private final Jinjava jinjava;

  JinjaTemplate(String source) {
    this.source = source;
    LegacyOverrides asPython =
        LegacyOverrides.newBuilder()
            .withEvaluateMapKeys(true)
            .withIterateOverMapKeys(true)
            .withUsePyishObjectMapper(true)
            .withUseNaturalOperatorPrecedence(true)
            .withParseWhitespaceControlStrictly(true)
            .withAllowAdjacentTextNodes(true)
            .withUseTrimmingForNotesAndExpressions(true)
            .withKeepNullableLoopValues(true)
            .withHandleBackslashInQuotesOnly(true)
            .withDefaultKeepTrailingNewlineBehavior(true)
            .build();
    this.jinjava =
        new Jinjava(
            JinjavaConfig.newBuilder()
                .withNestedInterpretationEnabled(false)
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withMaxOutputSize(MOST_OUTPUT)
                .withLegacyOverrides(asPython)
                .build());
    jinjava
        .getGlobalContext()
        .registerFunction(
            new ELFunctionDefinition(
                "", "raise_exception", JinjaTemplate.class, "raiseException", String.class));
  }

  /** What a template calls to refuse a conversation. */
  public static String raiseException(String message) {
    throw new IllegalArgumentException(message);
  }

  /**
   * Renders the template.
   *
   * @throws IllegalArgumentException if it refuses the conversation or cannot be rendered
   */
  String render(Map<String, Object> variables) {
    RenderResult result = jinjava.renderForResult(source, variables);
    if (result.hasErrors()) {
      throw new IllegalArgumentException(
          "the model's chat template: " + result.getErrors().getFirst().getMessage());
    }
    return result.getOutput();
  }
}

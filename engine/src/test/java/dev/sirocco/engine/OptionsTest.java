package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.tensor.DType;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class OptionsTest {

  @Test
  void generationOptionsOutOfRangeAreRefusedByName() {
    refused(() -> generation().temperature(-1).build(), "temperature must be 0 to 100, but is -1");
    refused(
        () -> generation().temperature(Double.NaN).build(),
        "temperature must be 0 to 100, but is NaN");
    refused(() -> generation().topK(-1).build(), "top-k must be 0 to 2147483647, but is -1");
    refused(() -> generation().topP(0).build(), "top-p must be above 0 and at most 1, but is 0.0");
    refused(() -> generation().minP(1.5).build(), "min-p must be 0 to 1, but is 1.5");
    refused(
        () -> generation().repeatPenalty(0).build(),
        "repeat-penalty must be above 0 and at most 100, but is 0.0");
    refused(
        () -> generation().presencePenalty(3).build(),
        "presence-penalty must be -2 to 2, but is 3");
    refused(
        () -> generation().frequencyPenalty(-3).build(),
        "frequency-penalty must be -2 to 2, but is -3");
    refused(
        () -> generation().maxTokens(-1).build(), "max-tokens must be 0 to 2147483647, but is -1");
    refused(() -> generation().stop("").build(), "a stop text must not be empty; leave it out");
    refused(
        () -> generation().logitBias(3, Double.NaN).build(),
        "logit-bias 3:NaN needs a token id of 0 or above, and a number or -Infinity");
  }

  @Test
  void modelOptionsOutOfRangeAreRefusedByName() {
    ModelOptions options = ModelOptions.defaults();

    refused(() -> options.withThreads(-1), "threads must be 0 to 1024, but is -1");
    refused(() -> options.withChunk(0), "chunk must be 1 to 65536, but is 0");
    refused(() -> options.withContext(0), "context must be 1 to 16777216, but is 0");
    refused(() -> options.withWindow(-1), "window must be 0 to 16777216, but is -1");
    refused(() -> options.withKvType(DType.Q8_0), "kv-type must be F16 or F32, but is Q8_0");
    refused(() -> options.withExpertsPerToken(0), "experts-per-token must be 1 to 1024, but is 0");
    assertThatThrownBy(() -> options.withKernels("abacus"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("abacus")
        .hasMessageContaining("scalar, vector, native, auto");
  }

  @Test
  void theBuildersOptionsArriveUnchanged() {
    GenerationOptions options =
        generation().maxTokens(5).topK(3).seed(9).stop("a", "b").logitBias(1, -2).build();

    assertThat(options.maxTokens()).isEqualTo(5);
    assertThat(options.topK()).isEqualTo(3);
    assertThat(options.seed()).hasValue(9);
    assertThat(options.stop()).containsExactly("a", "b");
    assertThat(options.logitBias()).containsEntry(1, -2.0);
  }

  private static GenerationOptions.Builder generation() {
    return GenerationOptions.builder();
  }

  private static void refused(ThrowingCallable action, String message) {
    assertThatThrownBy(action).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}

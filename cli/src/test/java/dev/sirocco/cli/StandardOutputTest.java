package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StandardOutputTest {

  private static StandardOutput failingWith(String message) {
    return new StandardOutput(
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(message);
          }
        });
  }

  @Test
  void whyAWriterFailedIsRemembered() {
    StandardOutput out = failingWith("No space left on device");
    PrintWriter writer = new PrintWriter(out, false, StandardCharsets.UTF_8);
    writer.println("x");
    assertThat(writer.checkError()).isTrue();
    assertThat(out.failure())
        .get()
        .extracting(Throwable::getMessage)
        .isEqualTo("No space left on device");
    assertThat(out.readerIsGone()).isFalse();
  }

  @Test
  void aReaderThatLeftIsNoFailure() {
    StandardOutput out = failingWith("Broken pipe");
    assertThatThrownBy(() -> out.write('x')).hasMessage("Broken pipe");
    assertThat(out.readerIsGone()).isTrue();
  }
}

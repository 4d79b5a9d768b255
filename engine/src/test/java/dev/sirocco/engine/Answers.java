package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** All that a stream brought: its tokens in order, and the answers by choice. */
record Answers(List<AnswerEvent.Token> tokens, List<Generation> ends) {

  /** Reads a stream to its end; the tokens of each choice must be those of its answer. */
  static Answers of(AnswerStream stream) throws InterruptedException {
    List<AnswerEvent.Token> tokens = new ArrayList<>();
    List<AnswerEvent.End> ends = new ArrayList<>();
    for (Optional<AnswerEvent> e = stream.next(); e.isPresent(); e = stream.next()) {
      switch (e.get()) {
        case AnswerEvent.Token token -> tokens.add(token);
        case AnswerEvent.End end -> ends.add(end);
      }
    }
    ends.sort(Comparator.comparing(AnswerEvent.End::choice));
    Answers answers = new Answers(tokens, ends.stream().map(AnswerEvent.End::generation).toList());
    for (int choice = 0; choice < ends.size(); choice++) {
      assertThat(answers.text(choice)).isEqualTo(answers.ends.get(choice).text());
    }
    return answers;
  }

  private String text(int choice) {
    StringBuilder text = new StringBuilder();
    tokens.stream().filter(t -> t.choice() == choice).forEach(t -> text.append(t.token().text()));
    return text.toString();
  }
}

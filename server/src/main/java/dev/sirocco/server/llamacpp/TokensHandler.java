package dev.sirocco.server.llamacpp;

import dev.sirocco.engine.tools.ChatRequest;
import dev.sirocco.engine.tools.ChatTurn;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.generation.Submission;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.RequestBody;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import dev.sirocco.server.openai.ChatFields;
import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.Tokenizer;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** {@code POST /tokenize}, {@code /detokenize} and {@code /apply-template}. */
public final class TokensHandler implements HttpService {

  private final ServerContext context;

  public TokensHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.post(rules, "/tokenize", this::tokenize);
    Routes.post(rules, "/detokenize", this::detokenize);
    Routes.post(rules, "/apply-template", this::applyTemplate);
  }

  private Tokenizer tokenizer() {
    return context.models().require().tokenizer();
  }

  private void tokenize(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    Tokenizer tokenizer = tokenizer();
    String content = body.requiredText("content");
    boolean addSpecial = body.flag("add_special", false);
    boolean parseSpecial = body.flag("parse_special", false);
    boolean withPieces = body.flag("with_pieces", false);
    int[] ids =
        Submission.told("content", () -> tokenizer.encode(content, addSpecial, parseSpecial));
    ObjectNode answer = Json.object();
    ArrayNode tokens = answer.putArray("tokens");
    for (int id : ids) {
      if (withPieces) {
        ObjectNode token = tokens.addObject().put("id", id);
        token.set("piece", piece(tokenizer, id));
      } else {
        tokens.add(id);
      }
    }
    Responses.json(response, answer);
  }

  /** A token's text, or its bytes where they are no UTF-8 by themselves. */
  private static JsonNode piece(Tokenizer tokenizer, int id) {
    if (tokenizer.isControl(id)) {
      return StringNode.valueOf(tokenizer.piece(id));
    }
    byte[] bytes = tokenizer.bytes(id);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return StringNode.valueOf(text);
    } catch (CharacterCodingException e) {
      ArrayNode array = Json.array();
      for (byte b : bytes) {
        array.add(Byte.toUnsignedInt(b));
      }
      return array;
    }
  }

  private void detokenize(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    Tokenizer tokenizer = tokenizer();
    JsonNode tokens =
        body.any("tokens").orElseThrow(() -> body.missing("tokens", "an array of token ids"));
    int[] ids =
        JsonFields.integers(tokens, "tokens", Integer.MAX_VALUE, 0, tokenizer.vocabSize() - 1)
            .stream()
            .mapToInt(Integer::intValue)
            .toArray();
    Responses.json(response, Json.object().put("content", tokenizer.decode(ids)));
  }

  private void applyTemplate(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    ChatRequest chat = ChatFields.read(body, context.options().safePrompt());
    ChatFormat format = context.models().require().chatFormat();
    String prompt =
        Submission.told(
            chat.tools().isEmpty() ? "messages" : "tools", () -> ChatTurn.promptText(chat, format));
    Responses.json(response, Json.object().put("prompt", prompt));
  }
}

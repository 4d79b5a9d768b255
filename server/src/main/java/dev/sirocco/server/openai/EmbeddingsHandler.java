package dev.sirocco.server.openai;

import dev.sirocco.engine.EngineClosedException;
import dev.sirocco.engine.Prompt;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.generation.Submission;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.ClientConnection;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.RequestBody;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /v1/embeddings}: the mean of a text's last hidden states, of length 1.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/embeddings">OpenAI, Embeddings</a>
 */
public final class EmbeddingsHandler implements HttpService {

  private final ServerContext context;

  public EmbeddingsHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.post(rules, "/v1/embeddings", this::embed);
  }

  private void embed(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    ServedModel served = context.models().require();
    String model = body.text("model").orElse(served.name());
    served.require(model);
    boolean base64 =
        body.oneOf("encoding_format", "float", "base64").orElse("float").equals("base64");
    int dim = served.model().config().dim();
    body.integer("dimensions", dim, dim);
    body.text("user");
    List<Prompt> prompts = new PromptInputs(served, "input", context.limits().prompts()).read(body);
    List<int[]> inputs =
        Submission.told("input", () -> prompts.stream().map(served::tokens).toList());
    ArrayNode data = Json.array();
    for (int i = 0; i < inputs.size(); i++) {
      data.add(entry(i, vector(served, inputs.get(i)), base64));
    }
    Responses.json(response, answer(model, data, inputs.stream().mapToInt(i -> i.length).sum()));
  }

  private static float[] vector(ServedModel served, int[] tokens) {
    CompletableFuture<float[]> embedding =
        Submission.told("input", () -> served.engine().embed(tokens));
    try (ClientConnection.Watch client =
        ClientConnection.current().watch(() -> embedding.cancel(false))) {
      return taken(embedding, client);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineClosedException) {
        throw ApiException.shuttingDown();
      }
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.shuttingDown();
    }
  }

  private static float[] taken(CompletableFuture<float[]> embedding, ClientConnection.Watch client)
      throws ExecutionException, InterruptedException {
    try {
      return embedding.get();
    } catch (CancellationException e) {
      client.requireGoesOn();
      throw e;
    }
  }

  private static ObjectNode entry(int index, float[] vector, boolean base64) {
    ObjectNode entry = Json.object().put("object", "embedding").put("index", index);
    if (base64) {
      entry.put("embedding", Base64.getEncoder().encodeToString(littleEndian(vector)));
    } else {
      ArrayNode values = entry.putArray("embedding");
      for (float value : vector) {
        values.add(value);
      }
    }
    return entry;
  }

  private static byte[] littleEndian(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : vector) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static ObjectNode answer(String model, ArrayNode data, int tokens) {
    ObjectNode body = Json.object().put("object", "list");
    body.set("data", data);
    body.put("model", model);
    body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return body;
  }
}

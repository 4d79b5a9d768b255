package dev.sirocco.server.ollama;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.RequestBody;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /api/tags}, {@code POST /api/show} and {@code GET /api/version}. */
public final class OllamaModelsHandler implements HttpService {

  private static final String DEFAULT_TAG = ":latest";
  private static final String DEVELOPMENT = "0.0.0";

  private final ServerContext context;

  public OllamaModelsHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.get(rules, "/api/tags", this::tags);
    Routes.post(rules, "/api/show", this::show);
    Routes.get(rules, "/api/version", this::version);
  }

  /** Checks a model's name, to which Ollama's clients may add {@code :latest}. */
  static void require(ServedModel served, String model) {
    served.require(
        model.endsWith(DEFAULT_TAG)
            ? model.substring(0, model.length() - DEFAULT_TAG.length())
            : model);
  }

  private void tags(ServerRequest request, ServerResponse response) {
    ServedModel served = context.models().require();
    ObjectNode body = Json.object();
    ArrayNode models = body.putArray("models");
    Stream.concat(Stream.of(served.name()), served.aliases().stream().sorted())
        .forEach(name -> models.add(describe(served, name)));
    Responses.json(response, body);
  }

  private static ObjectNode describe(ServedModel served, String name) {
    ObjectNode model = Json.object().put("name", name).put("model", name);
    model.put("modified_at", served.since().toString());
    model.put("size", served.model().files().weightBytes());
    model.put("digest", digest(served));
    model.set("details", details(served.model()));
    return model;
  }

  /** A name for the loaded model that changes when another is loaded; not a hash of its weights. */
  private static String digest(ServedModel served) {
    try {
      byte[] seed = (served.name() + served.since()).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(seed));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static ObjectNode details(LanguageModel model) {
    ObjectNode details = Json.object().put("parent_model", "");
    details.put("format", model.files().ggufMetadata().isPresent() ? "gguf" : "safetensors");
    details.put("family", model.config().architecture());
    details.putArray("families").add(model.config().architecture());
    details.put("parameter_size", shortNumber(parameters(model)));
    return details.put("quantization_level", commonestType(model));
  }

  private static long parameters(LanguageModel model) {
    return tensors(model).stream().mapToLong(Tensor::elements).sum();
  }

  private static Collection<Tensor> tensors(LanguageModel model) {
    return model.files().sourceTensors().values();
  }

  private static String shortNumber(long count) {
    return count >= 1_000_000_000 ? "%.1fB".formatted(count / 1e9) : "%.1fM".formatted(count / 1e6);
  }

  /** The type in which most of the weights are. */
  private static String commonestType(LanguageModel model) {
    Map<String, Long> elements =
        tensors(model).stream()
            .collect(
                Collectors.groupingBy(
                    tensor -> tensor.dtype().toString().toUpperCase(Locale.ROOT),
                    Collectors.summingLong(tensor -> tensor.elements())));
    return elements.entrySet().stream()
        .max(Comparator.comparingLong(Map.Entry::getValue))
        .map(Map.Entry::getKey)
        .orElse("unknown");
  }

  private void show(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.jsonOfAnyType(request, context.limits());
    ServedModel served = context.models().require();
    require(
        served,
        body.text("model").or(() -> body.text("name")).orElseGet(() -> body.requiredText("model")));
    LanguageModel model = served.model();
    ObjectNode shown = Json.object();
    shown.put("modelfile", "").put("parameters", "");
    shown.put("template", model.hasTokenizer() ? model.tokenizer().chatTemplate().orElse("") : "");
    shown.set("details", details(model));
    shown.set("model_info", info(model));
    ArrayNode capabilities = shown.putArray("capabilities").add("completion");
    if (model.hasTokenizer() && served.chatFormat().toolCallSyntax().isPresent()) {
      capabilities.add("tools");
    }
    shown.put("modified_at", served.since().toString());
    Responses.json(response, shown);
  }

  private static ObjectNode info(LanguageModel model) {
    ModelConfig config = model.config();
    String family = config.architecture();
    ObjectNode info = Json.object();
    info.put("general.architecture", family);
    info.put("general.parameter_count", parameters(model));
    info.put(family + ".context_length", model.context());
    info.put(family + ".embedding_length", config.dim());
    info.put(family + ".block_count", config.nLayers());
    info.put(family + ".feed_forward_length", config.hiddenDim());
    info.put(family + ".attention.head_count", config.nHeads());
    info.put(family + ".attention.head_count_kv", config.nKvHeads());
    info.put(family + ".vocab_size", config.vocabSize());
    config
        .moe()
        .ifPresent(
            moe ->
                info.put(family + ".expert_count", moe.nExperts())
                    .put(family + ".expert_used_count", moe.topK()));
    return info;
  }

  private void version(ServerRequest request, ServerResponse response) {
    String built = OllamaModelsHandler.class.getPackage().getImplementationVersion();
    Responses.json(response, Json.object().put("version", built == null ? DEVELOPMENT : built));
  }
}

package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a {@code tokenizer.json} does to text before merging: its normalizer, pre-tokenizer and
 * post-processor. Steps that Sirocco does not know are refused, since ignoring them would give
 * wrong ids.
 */
final class TextPipeline {

  private static final String SPACE_MARK = "▁";

  private final String file;
  private final List<WordSplitter> splitters = new ArrayList<>();
  private PrefixSpace prefixSpace = PrefixSpace.NEVER;
  private boolean prefixesEveryFragment = true;
  private boolean byteLevel;
  private boolean everySpaceStartsWord;
  private Normalizer.@Nullable Form normalForm;
  private Optional<String> firstToken = Optional.empty();

  private TextPipeline(String file) {
    this.file = file;
  }

  static TextPipeline of(String file, JsonNode root) {
    TextPipeline pipeline = new TextPipeline(file);
    pipeline.readNormalizer(root.path("normalizer"));
    pipeline.readPreTokenizer(root.path("pre_tokenizer"));
    pipeline.readPostProcessor(root.path("post_processor"));
    return pipeline;
  }

  boolean byteLevel() {
    return byteLevel;
  }

  PrefixSpace prefixSpace() {
    return prefixSpace;
  }

  boolean prefixesEveryFragment() {
    return prefixesEveryFragment;
  }

  boolean everySpaceStartsWord() {
    return everySpaceStartsWord;
  }

  Normalizer.@Nullable Form normalForm() {
    return normalForm;
  }

  WordSplitter splitter() {
    return WordSplitters.sequence(splitters);
  }

  /** The token that the post-processor puts first, if any. */
  Optional<String> firstToken() {
    return firstToken;
  }

  private void readNormalizer(JsonNode node) {
    if (isAbsent(node)) {
      return;
    }
    switch (type(node)) {
      case "Sequence" -> node.path("normalizers").forEach(this::readNormalizer);
      case "Prepend" -> {
        requireSpaceMark(node.path("prepend"), "normalizer.prepend");
        prefixSpace = PrefixSpace.ALWAYS;
      }
      case "Replace" -> {
        requireSpaceMark(node.path("content"), "normalizer.content");
        if (!node.path("pattern").path("String").asString("").equals(" ")) {
          throw unknown("normalizer", node);
        }
      }
      case "NFC" -> normalForm = Normalizer.Form.NFC;
      case "NFD" -> normalForm = Normalizer.Form.NFD;
      case "NFKC" -> normalForm = Normalizer.Form.NFKC;
      case "NFKD" -> normalForm = Normalizer.Form.NFKD;
      default -> throw unknown("normalizer", node);
    }
  }

  private void readPreTokenizer(JsonNode node) {
    if (isAbsent(node)) {
      return;
    }
    switch (type(node)) {
      case "Sequence" -> node.path("pretokenizers").forEach(this::readPreTokenizer);
      case "Metaspace" -> readMetaspace(node);
      case "ByteLevel" -> {
        byteLevel = true;
        if (node.path("add_prefix_space").asBoolean(true)) {
          prefixSpace = PrefixSpace.UNLESS_SPACE;
        }
        if (node.path("use_regex").asBoolean(true)) {
          splitters.add(WordSplitters.ofPattern(WordSplitters.GPT2, file));
        }
      }
      case "Digits" -> {
        if (!node.path("individual_digits").asBoolean(false)) {
          throw unknown("pre_tokenizer", node);
        }
        splitters.add(WordSplitters.digits());
      }
      case "Split" -> readSplit(node);
      default -> throw unknown("pre_tokenizer", node);
    }
  }

  private void readMetaspace(JsonNode node) {
    requireSpaceMark(node.path("replacement"), "pre_tokenizer.replacement");
    String scheme = node.path("prepend_scheme").asString("always");
    boolean prefixes = node.path("add_prefix_space").asBoolean(true) && !scheme.equals("never");
    prefixSpace = prefixes ? PrefixSpace.UNLESS_SPACE : PrefixSpace.NEVER;
    prefixesEveryFragment = !scheme.equals("first");
    everySpaceStartsWord = node.path("split").asBoolean(true);
  }

  private void readSplit(JsonNode node) {
    JsonNode regex = node.path("pattern").path("Regex");
    String behavior = node.path("behavior").asString("");
    boolean invert = node.path("invert").asBoolean(false);
    boolean keepsAll = behavior.equals("Isolated") || (behavior.equals("Removed") && invert);
    if (!regex.isString() || !keepsAll) {
      throw unknown("pre_tokenizer", node);
    }
    splitters.add(WordSplitters.ofPattern(regex.stringValue(), file));
  }

  private void readPostProcessor(JsonNode node) {
    if (isAbsent(node)) {
      return;
    }
    switch (type(node)) {
      case "Sequence" -> node.path("processors").forEach(this::readPostProcessor);
      case "TemplateProcessing" -> {
        JsonNode first = node.path("single").path(0).path("SpecialToken").path("id");
        if (first.isString()) {
          firstToken = Optional.of(first.stringValue());
        }
      }
      case "ByteLevel" -> {}
      default -> throw unknown("post_processor", node);
    }
  }

  private static boolean isAbsent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  private static String type(JsonNode node) {
    return node.path("type").asString("");
  }

  private void requireSpaceMark(JsonNode node, String at) {
    if (!node.asString("").equals(SPACE_MARK)) {
      throw new ModelFormatException(
          "%s: %s: found %s; wanted \"▁\"".formatted(file, at, Json.brief(node)));
    }
  }

  private ModelFormatException unknown(String step, JsonNode node) {
    return new ModelFormatException(
        "%s: %s: found %s, which Sirocco does not know; use the model's tokenizer.model or a GGUF file"
            .formatted(file, step, Json.brief(node)));
  }
}

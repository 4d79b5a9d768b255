package dev.sirocco.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Token ids given by a person or in a file.
 *
 * @param ids at least one
 */
record TokenList(List<Integer> ids) {

  TokenList {
    ids = List.copyOf(ids);
  }

  int[] toArray() {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Reads {@code 1,2,3}. */
  static final class Converter implements ITypeConverter<TokenList> {
    @Override
    public TokenList convert(String value) {
      List<Integer> ids = new ArrayList<>();
      for (String part : value.split(",", -1)) {
        if (!part.strip().matches("\\d{1,9}")) {
          throw new TypeConversionException(
              "'%s' is not a token id; wanted whole numbers of 0 or above, such as 1,22557,28725"
                  .formatted(part.strip()));
        }
        ids.add(Integer.parseInt(part.strip()));
      }
      return new TokenList(ids);
    }
  }

  /**
   * Reads a JSON file: an array of ids, or an object that has one as {@code tokens}.
   *
   * @throws CommandFailure if it is something else
   */
  static TokenList read(Path file) throws IOException {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(TextFiles.bytes(file));
    } catch (JacksonException e) {
      String reason = e.getOriginalMessage().replaceAll("(?s) \\(start marker at .*\\)", "");
      throw new CommandFailure(file + ": is not JSON: " + reason, e);
    }
    JsonNode array = root.isObject() ? root.path("tokens") : root;
    if (!array.isArray() || array.isEmpty()) {
      throw new CommandFailure(
          "%s: holds no token ids; wanted a JSON array such as [1, 22557], or an object with one as \"tokens\", found %s"
              .formatted(file, root.getNodeType().name().toLowerCase(Locale.ROOT)));
    }
    List<Integer> ids = new ArrayList<>();
    for (JsonNode element : array) {
      if (!element.isInt() || element.asInt() < 0) {
        throw new CommandFailure(
            "%s: element %d is %s; wanted a token id, a whole number of 0 or above"
                .formatted(file, ids.size(), element));
      }
      ids.add(element.asInt());
    }
    return new TokenList(ids);
  }
}

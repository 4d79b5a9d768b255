package dev.sirocco.weights;

import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The safetensors files of a model folder that share a stem ({@code model} or {@code
 * consolidated}): one file, or several with or without an index.
 */
final class SafetensorsFolder implements AutoCloseable {

  private final List<SafetensorsFile> files;
  private final Map<String, Tensor> tensors;

  private SafetensorsFolder(List<SafetensorsFile> files, Map<String, Tensor> tensors) {
    this.files = files;
    this.tensors = tensors;
  }

  /** Whether the folder holds weights under that stem. */
  static boolean isPresent(Path folder, String stem) {
    return Files.exists(index(folder, stem)) || !shardNames(folder, stem).isEmpty();
  }

  /**
   * Opens all files of a stem.
   *
   * @throws ModelFormatException if there are none, or one is missing, repeated or malformed
   */
  static SafetensorsFolder open(Path folder, String stem) {
    Optional<ConfigFile> weightMap =
        Files.exists(index(folder, stem))
            ? Optional.of(weightMap(index(folder, stem)))
            : Optional.empty();
    Set<String> names =
        weightMap.isPresent() ? indexedFiles(weightMap.get()) : shardNames(folder, stem);
    if (names.isEmpty()) {
      throw new ModelFormatException(
          "%s: has no %s.safetensors, nor numbered shards of it; download the safetensors weights"
              .formatted(folder, stem));
    }
    List<SafetensorsFile> files = new ArrayList<>();
    try {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : names) {
        SafetensorsFile file = openShard(folder, name, names.size());
        files.add(file);
        addAll(file, tensors);
      }
      weightMap.ifPresent(map -> requireIndexed(map, tensors));
      return new SafetensorsFolder(files, tensors);
    } catch (RuntimeException e) {
      files.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  private static Path index(Path folder, String stem) {
    return folder.resolve(stem + ".safetensors.index.json");
  }

  private static ConfigFile weightMap(Path index) {
    ConfigFile file = ConfigFile.read(index);
    return file.section("weight_map")
        .orElseThrow(() -> file.missing("weight_map", "a JSON object of tensors and their files"));
  }

  private static Set<String> indexedFiles(ConfigFile weightMap) {
    Set<String> names = new LinkedHashSet<>();
    for (String tensor : weightMap.fields()) {
      String name = weightMap.text(tensor).orElse("");
      if (!name.matches("[\\w.-]+\\.safetensors")) {
        throw weightMap.wrong(tensor, "the plain name of a .safetensors file in the same folder");
      }
      names.add(name);
    }
    return names;
  }

  /** The names of the files without an index: the only one, or all numbered ones. */
  private static Set<String> shardNames(Path folder, String stem) {
    Pattern numbered = Pattern.compile(Pattern.quote(stem) + "-(\\d{5})-of-(\\d{5})\\.safetensors");
    Set<String> names = new LinkedHashSet<>();
    if (Files.exists(folder.resolve(stem + ".safetensors"))) {
      names.add(stem + ".safetensors");
      return names;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        Matcher name = numbered.matcher(String.valueOf(file.getFileName()));
        if (name.matches() && names.isEmpty()) {
          int count = Integer.parseInt(name.group(2));
          for (int i = 1; i <= count; i++) {
            names.add("%s-%05d-of-%05d.safetensors".formatted(stem, i, count));
          }
        }
      }
      return names;
    } catch (IOException e) {
      throw MappedFile.unreadable(folder, e);
    }
  }

  private static SafetensorsFile openShard(Path folder, String name, int count) {
    Path path = folder.resolve(name);
    if (count > 1 && !Files.exists(path)) {
      throw new ModelFormatException(
          "%s: is missing, one of %d files that hold the weights; put all of them into one folder"
              .formatted(path, count));
    }
    return SafetensorsFile.open(path);
  }

  private static void addAll(SafetensorsFile file, Map<String, Tensor> tensors) {
    for (StoredArray array : file.arrays().values()) {
      if (tensors.putIfAbsent(array.name(), array.tensor()) != null) {
        throw new ModelFormatException(
            "%s: tensor %s is in an earlier file too; a file is repeated or foreign: copy or download them again"
                .formatted(file.path(), array.name()));
      }
    }
  }

  private static void requireIndexed(ConfigFile weightMap, Map<String, Tensor> tensors) {
    for (String tensor : weightMap.fields()) {
      if (!tensors.containsKey(tensor)) {
        throw new ModelFormatException(
            "%s: weight_map names tensor %s, but no file has it; index and weights do not belong together"
                .formatted(weightMap.path(), tensor));
      }
    }
  }

  Map<String, Tensor> tensors() {
    return tensors;
  }

  void verifyUnchanged() {
    files.forEach(SafetensorsFile::verifyUnchanged);
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}

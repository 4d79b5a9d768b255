package dev.sirocco.weights;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shards of a split GGUF model: {@code name-00001-of-00003.gguf} and so on. Each shard says in
 * its metadata which it is ({@code split.no}, from 0), of how many ({@code split.count}), and how
 * many tensors all have together ({@code split.tensors.count}).
 */
final class GgufShards {

  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";

  private final Path opened;
  private final String stem;
  private final int index;
  private final int count;

  private GgufShards(Path opened, String stem, int index, int count) {
    this.opened = opened;
    this.stem = stem;
    this.index = index;
    this.count = count;
  }

  /**
   * The shards that belong to an opened file.
   *
   * @throws ModelFormatException if the file says that it is a shard, but its name does not fit
   */
  static GgufShards of(Path path, GgufHeader header) {
    long declared = header.metadata().integer(COUNT).orElse(1L);
    if (declared == 1) {
      return new GgufShards(path, "", 0, 1);
    }
    Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
    if (!name.matches()) {
      throw new ModelFormatException(
          "%s: is one of %d shards, but is not named like one (NAME-00001-of-%05d.gguf), so the others cannot be found; give it its name back"
              .formatted(path, declared, declared));
    }
    int index = Integer.parseInt(name.group(2)) - 1;
    int count = Integer.parseInt(name.group(3));
    if (count != declared || index < 0 || index >= count) {
      throw new ModelFormatException(
          "%s: the name says shard %d of %d, but metadata key %s says %d shards; give the file its name back"
              .formatted(path, index + 1, count, COUNT, declared));
    }
    return new GgufShards(path, name.group(1), index, count);
  }

  boolean isSplit() {
    return count > 1;
  }

  int count() {
    return count;
  }

  /** Which shard was opened first, from 0. */
  int index() {
    return index;
  }

  Path path(int shard) {
    return opened.resolveSibling("%s-%05d-of-%05d.gguf".formatted(stem, shard + 1, count));
  }

  MappedFile open(int shard) {
    try {
      return MappedFile.open(path(shard));
    } catch (ModelFormatException e) {
      throw new ModelFormatException(
          "%s: shard %d of %d is missing or unreadable (%s); put all shards into one folder"
              .formatted(opened, shard + 1, count, e.getMessage()),
          e);
    }
  }

  /** Checks that a file is the shard that its place asks for. */
  void verify(int shard, Path path, GgufHeader header) {
    long number = header.metadata().integer(NUMBER).orElse(-1L);
    long of = header.metadata().integer(COUNT).orElse(1L);
    if (number != shard || of != count) {
      throw new ModelFormatException(
          "%s: should be shard %d of %d, but says it is shard %d of %d (metadata keys %s, %s); a shard is repeated or foreign: copy or download it again"
              .formatted(path, shard + 1, count, number + 1, of, NUMBER, COUNT));
    }
  }

  /** Checks the number of tensors in all shards. */
  void verifyTotal(int tensors, GgufHeader first) {
    long declared = first.metadata().integer(TENSORS).orElse((long) tensors);
    if (declared != tensors) {
      throw new ModelFormatException(
          "%s: the shards hold %d tensors together, but metadata key %s says %d; copy or download them again"
              .formatted(opened, tensors, TENSORS, declared));
    }
  }
}

package dev.sirocco.weights;

import dev.sirocco.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file of version 2 or 3, mapped into memory: metadata and tensors under the names the file
 * gives them. A model split into shards ({@code name-00001-of-00003.gguf}) opens as one, from any
 * of its shards.
 *
 * <p>Opening reads the header only and copies nothing; tensors are views of the mapped file.
 * Immutable and safe for use by several threads; tensors and metadata are valid until {@link
 * #close}. Files that only hold a vocabulary open too, and have no tensors.
 *
 * @see ModelFiles the model in such a file
 */
public final class GgufFile implements AutoCloseable {

  private final Path path;
  private final List<MappedFile> files;
  private final int version;
  private final GgufMetadata metadata;
  private final Map<String, Tensor> tensors;

  private GgufFile(
      Path path,
      List<MappedFile> files,
      int version,
      GgufMetadata metadata,
      Map<String, Tensor> tensors) {
    this.path = path;
    this.files = files;
    this.version = version;
    this.metadata = metadata;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * Opens a GGUF file, with all other shards if it is one of several.
   *
   * @throws ModelFormatException if a file is missing, unreadable or malformed
   */
  public static GgufFile open(Path path) {
    List<MappedFile> files = new ArrayList<>();
    try {
      MappedFile named = MappedFile.open(path);
      files.add(named);
      GgufHeader header = GgufHeader.read(path, named.data());
      GgufShards shards = GgufShards.of(path, header);
      if (!shards.isSplit()) {
        return new GgufFile(path, files, header.version(), header.metadata(), header.tensors());
      }
      return openShards(path, shards, files, named, header);
    } catch (RuntimeException e) {
      files.forEach(MappedFile::close);
      throw e;
    }
  }

  private static GgufFile openShards(
      Path path, GgufShards shards, List<MappedFile> files, MappedFile named, GgufHeader header) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    GgufHeader first = header;
    for (int i = 0; i < shards.count(); i++) {
      GgufHeader shard = header;
      Path shardPath = named.path();
      if (i != shards.index()) {
        shardPath = shards.path(i);
        MappedFile file = shards.open(i);
        files.add(file);
        shard = GgufHeader.read(shardPath, file.data());
      }
      shards.verify(i, shardPath, shard);
      addAll(shardPath, shard.tensors(), tensors);
      first = i == 0 ? shard : first;
    }
    shards.verifyTotal(tensors.size(), first);
    return new GgufFile(path, files, first.version(), first.metadata(), tensors);
  }

  private static void addAll(Path shard, Map<String, Tensor> from, Map<String, Tensor> to) {
    for (Tensor tensor : from.values()) {
      if (to.putIfAbsent(tensor.name(), tensor) != null) {
        throw new ModelFormatException(
            "%s: tensor %s is in an earlier shard too; the shards do not belong together: copy or download them again"
                .formatted(shard, tensor.name()));
      }
    }
  }

  /** The path that was given to {@link #open}. */
  public Path path() {
    return path;
  }

  /** The format's version, 2 or 3. */
  public int version() {
    return version;
  }

  /** The key/value part; of a split model that of its first shard. */
  public GgufMetadata metadata() {
    return metadata;
  }

  /** All tensors by the names that the file gives them, in file order; unmodifiable. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /** The files that make up this one: itself, or all shards. */
  public List<Path> paths() {
    return files.stream().map(MappedFile::path).sorted().toList();
  }

  /**
   * Checks that no file changed since it was opened.
   *
   * @throws ModelFormatException if the size or the time of last change of a file differs
   */
  public void verifyUnchanged() {
    files.forEach(MappedFile::verifyUnchanged);
  }

  /** Unmaps all files: their tensors and metadata cannot be read afterwards. */
  @Override
  public void close() {
    files.forEach(MappedFile::close);
  }
}

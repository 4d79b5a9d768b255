package dev.sirocco.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A file mapped into memory as a whole, read-only, however large: nothing is copied, and pages are
 * read when they are first touched, {@link LargePages large} ones where there are such.
 *
 * <p>Remembers size and time of last change, so that {@link #verifyUnchanged} can tell when the
 * ground has moved: a mapped file that another process cuts short cannot be read safely.
 */
final class MappedFile implements AutoCloseable {

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final FileTime modified;

  private MappedFile(Path path, Arena arena, MemorySegment data, FileTime modified) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.modified = modified;
  }

  /**
   * Maps a file.
   *
   * @throws ModelFormatException if it is absent, not a regular file, or cannot be read
   */
  @SuppressWarnings("MustBeClosedChecker") // the arena lives until close() of the mapped file
  static MappedFile open(Path path) {
    Arena arena = Arena.ofShared();
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw new ModelFormatException(
            path + ": is not a regular file; name a model file, or the folder that holds one");
      }
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        MemorySegment data = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        LargePages.advise(data);
        return new MappedFile(path, arena, data, attributes.lastModifiedTime());
      }
    } catch (IOException e) {
      arena.close();
      throw unreadable(path, e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** What to say about a file that the operating system does not let us read. */
  static ModelFormatException unreadable(Path path, IOException e) {
    String why =
        switch (e) {
          case NoSuchFileException _ -> "no such file; check the path";
          case AccessDeniedException _ ->
              "cannot be read: permission denied; give the user who runs Sirocco read access";
          default -> "cannot be read: " + e + "; check the disk, or copy the file again";
        };
    return new ModelFormatException(path + ": " + why, e);
  }

  Path path() {
    return path;
  }

  /** All bytes of the file; valid until {@link #close}. */
  MemorySegment data() {
    return data;
  }

  /**
   * Checks that the file is still the one that was mapped.
   *
   * @throws ModelFormatException if its size or its time of last change differ, or it is gone
   */
  void verifyUnchanged() {
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (IOException e) {
      throw new ModelFormatException(
          path + ": the file is gone since it was opened (" + e + "); open the model again", e);
    }
    if (now.size() != data.byteSize() || !now.lastModifiedTime().equals(modified)) {
      throw new ModelFormatException(
          "%s: the file changed since it was opened (%d bytes of %s, now %d bytes of %s); open the model again"
              .formatted(path, data.byteSize(), modified, now.size(), now.lastModifiedTime()));
    }
  }

  /** Unmaps the file; a second call does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}

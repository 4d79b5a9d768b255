package dev.sirocco.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the compiled C kernels for this operating system and CPU, and loads them.
 *
 * <p>In a folder of classes the library is loaded where it lies. From a jar it is copied to a file
 * of its own in a temporary folder, so that processes that start at once do not meet, and removed
 * once it is loaded. Where one folder cannot be written, or does not allow execution, the next is
 * tried. The system property {@value #LIBRARY_PROPERTY} names another library file.
 */
final class NativeLoader {

  /** System property: a library file to load instead of the packaged one. */
  static final String LIBRARY_PROPERTY = "sirocco.native.library";

  private static final String LIBRARY = "libsirocco.so";

  private NativeLoader() {}

  /** The library of this build, or the one that the system property names. */
  static SymbolLookup load() throws NativeUnavailableException {
    String file = System.getProperty(LIBRARY_PROPERTY);
    return file == null ? load(packaged(LIBRARY), copyFolders()) : open(Path.of(file));
  }

  /**
   * Loads a packaged library.
   *
   * @param library where it lies; null if the build made none
   * @param folders where copies may be put, in order of preference
   */
  static SymbolLookup load(@Nullable URL library, List<Path> folders)
      throws NativeUnavailableException {
    if (library == null) {
      throw new NativeUnavailableException(
          "this build has no native kernels for %s: %s".formatted(platform(), reasonOfBuild()));
    }
    if (library.getProtocol().equals("file")) {
      try {
        return open(Path.of(library.toURI()));
      } catch (URISyntaxException e) {
        throw new NativeUnavailableException("not a file name: " + library, e);
      }
    }
    List<String> failures = new ArrayList<>();
    for (Path folder : folders) {
      try {
        return openCopy(library, folder);
      } catch (IOException | NativeUnavailableException e) {
        failures.add(folder + " (" + e.getMessage() + ")");
      }
    }
    throw new NativeUnavailableException(
        "the native kernels could be unpacked and loaded in none of %s; set -Djava.io.tmpdir to a folder that may be written and executed from"
            .formatted(String.join(", ", failures)));
  }

  private static SymbolLookup openCopy(URL library, Path folder)
      throws IOException, NativeUnavailableException {
    Files.createDirectories(folder);
    Path copy = Files.createTempFile(folder, "sirocco-", ".so");
    try (InputStream in = library.openStream()) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return open(copy);
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  @SuppressWarnings("restricted") // loading our own C code is what this class is for
  private static SymbolLookup open(Path file) throws NativeUnavailableException {
    try {
      return SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new NativeUnavailableException(
          "%s could not be loaded as a library of %s: %s; build again with a C compiler, or choose vector kernels"
              .formatted(file, platform(), e.getMessage()),
          e);
    }
  }

  /** Where the library comes from, for people: a file, or a jar's entry; empty if there is none. */
  static Optional<String> origin() {
    String file = System.getProperty(LIBRARY_PROPERTY);
    return file != null
        ? Optional.of("%s, named by -D%s".formatted(file, LIBRARY_PROPERTY))
        : Optional.ofNullable(packaged(LIBRARY)).map(URL::toString);
  }

  /** Where copies may be put: the temporary folder, then the user's own cache. */
  private static List<Path> copyFolders() {
    return List.of(
        Path.of(System.getProperty("java.io.tmpdir", "/tmp")),
        Path.of(System.getProperty("user.home", "."), ".cache", "sirocco"));
  }

  /** Operating system and CPU, such as {@code linux-x86_64}. */
  static String platform() {
    return platform(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  /** The name that {@code build.sh} gives to what the JVM calls so. */
  static String platform(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String arch =
        switch (osArch.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "x86_64";
          case "arm64", "aarch64" -> "aarch64";
          case String other -> other;
        };
    return (os.startsWith("mac") ? "darwin" : os) + "-" + arch;
  }

  /** With what the packaged library was built. */
  static String buildNote() {
    return note("no note of how it was built");
  }

  private static String reasonOfBuild() {
    return note("it was built on another machine; build it on this one, with gcc or clang");
  }

  private static String note(String otherwise) {
    URL note = packaged("build.txt");
    if (note == null) {
      return otherwise;
    }
    try (InputStream in = note.openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "its build note cannot be read: " + e.getMessage();
    }
  }

  private static @Nullable URL packaged(String name) {
    return NativeLoader.class.getResource("native/" + platform() + "/" + name);
  }
}

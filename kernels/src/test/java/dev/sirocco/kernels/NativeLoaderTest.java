package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.SymbolLookup;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong between a build and a loaded library. */
class NativeLoaderTest {

  @TempDir private Path folder;

  @Test
  void aBuildWithoutALibraryIsNamedWithThePlatform() {
    assertThatThrownBy(() -> NativeLoader.load(null, List.of(folder)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageStartingWith(
            "this build has no native kernels for " + NativeLoader.platform() + ": ");
  }

  @Test
  void aForeignLibraryFileIsRefusedWithTheRemedy() throws IOException {
    Path foreign = Files.writeString(folder.resolve("libsirocco.so"), "not a library");

    assertThatThrownBy(() -> NativeLoader.load(foreign.toUri().toURL(), List.of(folder)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageStartingWith(foreign + " could not be loaded as a library of ")
        .hasMessageEndingWith("build again with a C compiler, or choose vector kernels");
  }

  @Test
  void aFolderThatCannotBeUsedIsPassedOver() throws IOException, NativeUnavailableException {
    Path blocked = Files.writeString(folder.resolve("blocked"), "a file, not a folder");
    Path open = folder.resolve("open");

    SymbolLookup library = NativeLoader.load(jarWith(packagedLibrary()), List.of(blocked, open));

    assertThat(library.find("sirocco_abi")).isPresent();
  }

  @Test
  void withoutAnyUsableFolderEveryOneIsNamed() throws IOException {
    Path blocked = Files.writeString(folder.resolve("blocked"), "a file, not a folder");
    URL jar = jarWith(Files.writeString(folder.resolve("any"), "any"));

    assertThatThrownBy(() -> NativeLoader.load(jar, List.of(blocked)))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining(blocked.toString())
        .hasMessageEndingWith(
            "set -Djava.io.tmpdir to a folder that may be written and executed from");
  }

  @Test
  void severalThatUnpackAtOnceAllLoadAndLeaveNothingBehind() throws Exception {
    URL jar = jarWith(packagedLibrary());
    Path copies = folder.resolve("copies");
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<SymbolLookup>> loads =
          IntStream.range(0, 4)
              .mapToObj(i -> threads.submit(() -> NativeLoader.load(jar, List.of(copies))))
              .toList();
      for (Future<SymbolLookup> load : loads) {
        assertThat(load.get().find("sirocco_abi")).isPresent();
      }
    }
    try (Stream<Path> left = Files.list(copies)) {
      assertThat(left).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x86_64",
    "Linux, aarch64, linux-aarch64",
    "Mac OS X, aarch64, darwin-aarch64",
    "Mac OS X, x86_64, darwin-x86_64",
    "Linux, riscv64, linux-riscv64"
  })
  void platformsHaveTheNamesThatTheBuildGivesThem(String os, String arch, String platform) {
    assertThat(NativeLoader.platform(os, arch)).isEqualTo(platform);
  }

  @Test
  void aTierThatTheLibraryLacksIsRefused() {
    assumeThat(KernelSelection.nativeProblem()).isEmpty();
    assumeThat(NativeFunctions.isCompiled(NativeTier.NEON_I8MM)).isFalse();

    assertThatThrownBy(() -> NativeKernels.open(new KernelOptions(1), NativeTier.NEON_I8MM))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageStartingWith("the native library has no tier neon-i8mm (");
  }

  /** The library of this build; the test is skipped where there is none. */
  private static Path packagedLibrary() {
    URL library =
        NativeLoader.class.getResource("native/" + NativeLoader.platform() + "/libsirocco.so");
    assumeThat(library).as("native kernels were built").isNotNull();
    return Path.of(URI.create(library.toString()));
  }

  private URL jarWith(Path file) throws IOException {
    Path jar = folder.resolve("kernels.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("libsirocco.so"));
      Files.copy(file, zip);
      zip.closeEntry();
    }
    return URI.create("jar:" + jar.toUri() + "!/libsirocco.so").toURL();
  }
}

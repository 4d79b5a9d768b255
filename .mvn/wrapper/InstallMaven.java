import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Downloads a Maven distribution, checks it and unpacks it; run from source by {@code mvnw}, so that
 * a JDK is all a machine needs.
 *
 * <p>Arguments: the address of the zip file, its SHA-256, the folder to install to. The folder
 * appears whole or not at all: it is made under another name and renamed.
 */
public class InstallMaven {

  public static void main(String[] arguments) throws InterruptedException {
    URI source = URI.create(arguments[0]);
    String sha256 = arguments[1];
    Path target = Path.of(arguments[2]);
    try {
      System.err.println("mvnw: fetching " + source);
      install(fetch(source), sha256, target);
    } catch (IOException e) {
      System.err.println("mvnw: cannot install Maven from " + source + ": " + e);
      System.exit(1);
    }
  }

  private static byte[] fetch(URI source) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(source).timeout(Duration.ofMinutes(5)).build();
    try (HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(30))
            .build()) {
      var response = client.send(request, BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new IOException("the server answered with status " + response.statusCode());
      }
      return response.body();
    }
  }

  private static void install(byte[] zip, String sha256, Path target) throws IOException {
    String found = sha256(zip);
    if (!found.equalsIgnoreCase(sha256)) {
      throw new IOException(
          "its SHA-256 is "
              + found
              + ", but .mvn/wrapper/maven-wrapper.properties wants "
              + sha256
              + "; what was received is not the wanted file");
    }
    Files.createDirectories(target.getParent());
    Path unpacked = Files.createTempDirectory(target.getParent(), "unpacking-");
    try {
      unpack(zip, unpacked);
      Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      System.err.println("mvnw: another process installed Maven meanwhile");
    } finally {
      delete(unpacked);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Unpacks all below the zip's one top folder. */
  private static void unpack(byte[] zip, Path folder) throws IOException {
    try (var in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        String name = entry.getName();
        Path file = folder.resolve(name.substring(name.indexOf('/') + 1)).normalize();
        if (!file.startsWith(folder)) {
          throw new IOException("entry " + name + " leads out of the folder");
        }
        if (entry.isDirectory()) {
          Files.createDirectories(file);
        } else {
          Files.createDirectories(file.getParent());
          Files.copy(in, file);
        }
      }
    }
    Path command = folder.resolve("bin/mvn");
    if (!command.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + command + " executable");
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}

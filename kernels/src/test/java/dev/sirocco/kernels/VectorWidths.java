package dev.sirocco.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/**
 * Loads the kernels once more with another vector width, which is a constant of each copy. The
 * types of the interface are shared with the test.
 */
final class VectorWidths extends ClassLoader {

  private static final Set<String> SHARED =
      Set.of(
          "Kernels",
          "KernelOptions",
          "Activations",
          "AttentionBatch",
          "AttentionSlice",
          "KvLayout",
          "KvRows");

  private VectorWidths() {
    super("other vector width", VectorWidths.class.getClassLoader());
  }

  /** Vector kernels of {@code bits} bits. */
  static Kernels open(int bits, int threads) {
    return open(bits, new KernelOptions(threads));
  }

  /** Vector kernels of {@code bits} bits with such options. */
  static Kernels open(int bits, KernelOptions options) {
    String package_ = VectorKernels.class.getPackageName();
    System.setProperty(VectorWidth.PROPERTY, String.valueOf(bits));
    try {
      Class<?> kernels = Class.forName(package_ + ".VectorKernels", true, new VectorWidths());
      return (Kernels) kernels.getConstructor(KernelOptions.class).newInstance(options);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    } finally {
      System.clearProperty(VectorWidth.PROPERTY);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    String prefix = VectorWidths.class.getPackageName() + ".";
    if (!name.startsWith(prefix) || SHARED.contains(name.substring(prefix.length()))) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = in.readAllBytes();
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}

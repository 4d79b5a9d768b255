package dev.sirocco.cli;

/**
 * Adds the Vector API's module to the running JVM.
 *
 * <p>The option {@code --add-modules jdk.incubator.vector} would do so at start-up, but the JVM
 * then prints a warning before the program runs, and cannot use most of the start-up archive, also
 * for commands that compute nothing. So the launcher opens the JDK's own way of loading a system
 * module late ({@code --add-exports java.base/jdk.internal.module=ALL-UNNAMED}); the module, its
 * class loader and the code compiled for it are the same. Where neither option is given, the module
 * stays absent, and the choice of kernels says so.
 */
final class VectorModule {

  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Makes the module's classes available, if they are not and the JVM lets us. */
  static void resolve() {
    if (ModuleLayer.boot().findModule(NAME).isPresent()) {
      return;
    }
    try {
      Class.forName("jdk.internal.module.Modules")
          .getMethod("loadModule", String.class)
          .invoke(null, NAME);
    } catch (ReflectiveOperationException e) {
      System.getLogger(VectorModule.class.getName())
          .log(System.Logger.Level.DEBUG, "module " + NAME + " cannot be added late", e);
    }
  }

  /** Whether the module's classes are available. */
  static boolean isResolved() {
    try {
      Class.forName(NAME + ".FloatVector", false, VectorModule.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}

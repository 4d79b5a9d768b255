import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Copies a jar and gives its old classes a format that the JDK's start-up archive takes. Classes
 * from before Java 6 have no stack maps; the archive leaves them out, so that the JVM reads and
 * verifies them at every start.
 *
 * <p>Run by the launcher: {@code java -cp IN.jar ModernClasses.java IN.jar OUT.jar}. The class path
 * tells the types on which stack maps depend.
 */
final class ModernClasses {

  private ModernClasses() {}

  public static void main(String[] args) throws IOException {
    try (JarFile in = new JarFile(args[0]);
        OutputStream file = Files.newOutputStream(Path.of(args[1]));
        JarOutputStream out = new JarOutputStream(file)) {
      for (JarEntry entry : in.stream().toList()) {
        out.putNextEntry(new JarEntry(entry.getName()));
        try (InputStream stream = in.getInputStream(entry)) {
          byte[] content = stream.readAllBytes();
          out.write(entry.getName().endsWith(".class") ? modern(content) : content);
        }
        out.closeEntry();
      }
    }
  }

  private static byte[] modern(byte[] content) {
    ClassFile classFile = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
    ClassModel model = classFile.parse(content);
    if (model.majorVersion() >= ClassFile.JAVA_6_VERSION) {
      return content;
    }
    ClassFileVersion version = ClassFileVersion.of(ClassFile.JAVA_8_VERSION, 0);
    return classFile.transformClass(
        model,
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
            .andThen(ClassTransform.endHandler(builder -> builder.with(version))));
  }
}

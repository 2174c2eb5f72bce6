package io.ilion.tools;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Gives the classes of a jar that were compiled for Java 5 the form of Java 8, which has stack
 * maps. The virtual machine keeps no older ones in its AOT cache, and picocli's are that old:
 * reading and verifying them anew took a third of a command's start. The launcher runs this after a
 * build.
 */
final class ModernClasses {
  /** The first version of class files that the AOT cache takes. */
  private static final int OLDEST_CACHED = 50;

  private static final int JAVA_8 = 52;

  private ModernClasses() {}

  /** Rewrites the jars that are named, as far as they have old classes. */
  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar));
    }
  }

  private static void rewrite(Path jar) throws IOException {
    Path rewritten = jar.resolveSibling(jar.getFileName() + ".new");
    ClassFile classes = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
    boolean changed = false;
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar));
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(rewritten))) {
      for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
        byte[] content = in.readAllBytes();
        // Those below META-INF are for newer versions of Java already.
        if (entry.getName().endsWith(".class") && !entry.getName().startsWith("META-INF/")) {
          ClassModel model = classes.parse(content);
          if (model.majorVersion() < OLDEST_CACHED) {
            content = modern(classes, model);
            changed = true;
          }
        }
        out.putNextEntry(new ZipEntry(entry.getName()));
        out.write(content);
      }
    }
    if (changed) {
      Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(rewritten);
    }
  }

  private static byte[] modern(ClassFile classes, ClassModel model) {
    return classes.transformClass(
        model,
        (builder, element) -> {
          switch (element) {
            case ClassFileVersion version -> builder.withVersion(JAVA_8, 0);
            // Code is built anew, which makes its stack maps.
            case MethodModel method ->
                builder.transformMethod(
                    method,
                    MethodTransform.transformingCode(
                        (code, instruction) -> code.with(instruction)));
            default -> builder.with(element);
          }
        });
  }
}

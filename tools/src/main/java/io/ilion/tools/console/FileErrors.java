package io.ilion.tools.console;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The JDK's errors about files name the file and, by their class alone, what is wrong. */
public final class FileErrors {
  private FileErrors() {}

  /** What a failure says, with the file if it is one of a file. */
  public static String message(Throwable failure) {
    return switch (failure) {
      case AccessDeniedException e -> e.getFile() + ": " + reason(e);
      case NoSuchFileException e -> e.getFile() + ": " + reason(e);
      case FileAlreadyExistsException e -> e.getFile() + ": " + reason(e);
      default -> failure.getMessage();
    };
  }

  /** The same behind the name of the file. */
  public static String reason(Throwable failure) {
    return switch (failure) {
      case AccessDeniedException e -> "permission denied";
      case NoSuchFileException e -> "there is no such file or directory";
      case FileAlreadyExistsException e -> "there is a file of this name already";
      case FileSystemException e when e.getReason() != null -> e.getReason();
      default -> failure.getMessage();
    };
  }
}

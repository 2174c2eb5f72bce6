package io.ilion.conformance.realdata;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One record of Debian's package index. Text is null where the record has none; sizes are in the
 * units of their names; {@code snapshot} is the date within the version of a package that follows
 * its source's repository, else null.
 */
record DebianPackage(
    String name,
    String version,
    String architecture,
    String section,
    String priority,
    String source,
    Person maintainer,
    String description,
    String homepage,
    List<String> depends,
    Set<String> tags,
    Map<String, ByteBuffer> checksums,
    long installedKib,
    long sizeBytes,
    LocalDate snapshot) {

  private static final Pattern PERSON = Pattern.compile("\\s*\"?(.*?)\"?\\s*<([^<>]*)>\\s*");
  private static final Pattern DATE =
      Pattern.compile("(?<!\\d)((?:19|20)\\d{2})(\\d{2})(\\d{2})(?!\\d)");
  private static final Pattern PACKAGE_NAME = Pattern.compile("[a-z0-9][a-z0-9+.-]*");

  /** A name and an address, as records name their maintainer; one without address has its name. */
  record Person(String name, String email) {
    static Person parse(String text) {
      Matcher matcher = PERSON.matcher(text);
      boolean complete = matcher.matches() && !matcher.group(2).isEmpty();
      return complete
          ? new Person(matcher.group(1), matcher.group(2))
          : new Person(text.strip(), text.strip());
    }
  }

  /** The package that a record of the index describes, given its fields by name. */
  static DebianPackage of(Map<String, String> fields) {
    Map<String, ByteBuffer> checksums = new LinkedHashMap<>();
    for (String algorithm : List.of("MD5sum", "SHA256")) {
      String hex = fields.get(algorithm);
      if (hex != null) {
        checksums.put(algorithm, ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
      }
    }
    return new DebianPackage(
        fields.get("Package"),
        fields.get("Version"),
        fields.get("Architecture"),
        fields.get("Section"),
        fields.get("Priority"),
        fields.get("Source"),
        Person.parse(fields.getOrDefault("Maintainer", "")),
        fields.get("Description"),
        fields.get("Homepage"),
        split(fields.get("Depends")),
        new TreeSet<>(split(fields.get("Tag"))),
        checksums,
        Long.parseLong(fields.getOrDefault("Installed-Size", "0")),
        Long.parseLong(fields.get("Size")),
        date(fields.get("Version")));
  }

  /** The names of the packages of which this one needs at least one or each. */
  Set<String> needs() {
    Set<String> names = new TreeSet<>();
    for (String dependency : depends) {
      for (String alternative : dependency.split("\\|", -1)) {
        Matcher matcher = PACKAGE_NAME.matcher(alternative.strip());
        if (matcher.lookingAt()) {
          names.add(matcher.group());
        }
      }
    }
    return names;
  }

  /** The same package in another version. */
  DebianPackage withVersion(String other) {
    return new DebianPackage(
        name,
        other,
        architecture,
        section,
        priority,
        source,
        maintainer,
        description,
        homepage,
        depends,
        tags,
        checksums,
        installedKib,
        sizeBytes,
        snapshot);
  }

  private static List<String> split(String text) {
    return text == null ? List.of() : Arrays.asList(text.strip().split("\\s*,\\s*", -1));
  }

  private static LocalDate date(String version) {
    Matcher matcher = DATE.matcher(version);
    while (matcher.find()) {
      try {
        return LocalDate.of(
            Integer.parseInt(matcher.group(1)),
            Integer.parseInt(matcher.group(2)),
            Integer.parseInt(matcher.group(3)));
      } catch (DateTimeException e) {
        // Eight digits that are no date: a later group of digits may be one.
        continue;
      }
    }
    return null;
  }
}

package io.ilion.bench.load.generate;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.generate.Generator.OfNumbers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * The functions of workloads. {@code docs/bench.md} lists them for users; the numbers that they
 * take may be functions themselves, unless they say how much of something there is.
 */
final class Functions {
  private static final int LONGEST_TEXT = 64 << 20;
  private static final int MOST_ELEMENTS = 1 << 20;

  /** Tens of microseconds between 1582, where timeuuids begin, and 1970. */
  private static final long GREGORIAN_TICKS = 0x01b2_1dd2_1381_4000L;

  private final String name;
  private final List<Generator> arguments;
  private final long salt;
  private final Records records;

  /** A function with its arguments, which draws by a salt. */
  Functions(String name, List<Generator> arguments, long salt, Records records) {
    this.name = name;
    this.arguments = arguments;
    this.salt = salt;
    this.records = records;
  }

  /** The generator. */
  Generator make() {
    return switch (name) {
      case "cycle" -> numbers(0, 0, Draw::cycle);
      case "key" -> numbers(0, 0, Draw::key);
      case "new_key" -> numbers(0, 0, draw -> records.next());
      case "latest" -> latest();
      case "sequence" -> sequence();
      case "uniform" -> uniform();
      case "zipf" -> zipf();
      case "hotspot" -> hotspot();
      case "scramble" -> scramble();
      case "hash" -> hash();
      case "normal" -> normal();
      case "exponential" -> exponential();
      case "real" -> real();
      case "add", "mul", "div", "mod", "min", "max" -> arithmetic();
      case "bool" -> bool();
      case "choose" -> choose();
      case "weighted" -> weighted();
      case "null_or" -> nullOr();
      case "concat" -> concat();
      case "text" -> text();
      case "words" -> words();
      case "blob" -> blob();
      case "stamp" -> stamp();
      case "uuid" -> uuid();
      case "timeuuid" -> timeuuid();
      case "timestamp" -> timestamp();
      case "date" -> date();
      case "list", "vector" -> list();
      case "set" -> set();
      case "map" -> map();
      default -> throw new BenchException("there is no function " + name + "()");
    };
  }

  private long bits(Draw draw) {
    return Hash.mix(draw.cycle(), salt);
  }

  private void takes(int least, int most, String what) {
    if (arguments.size() < least || arguments.size() > most) {
      throw new BenchException(
          "%s(%s) was given %d arguments".formatted(name, what, arguments.size()));
    }
  }

  private OfNumbers numbers(int least, int most, ToLongFunction<Draw> draw) {
    takes(least, most, "");
    return draw::applyAsLong;
  }

  /** An argument that is the same for all operations. */
  private long fixed(int index, long least, long most) {
    long number = arguments.get(index).number(new Draw());
    if (number < least || number > most) {
      throw new BenchException(
          "%s(): argument %d is %d; it has to be from %d to %d"
              .formatted(name, index + 1, number, least, most));
    }
    return number;
  }

  // ---- numbers

  private OfNumbers latest() {
    takes(0, 1, "[exponent]");
    Zipf zipf = new Zipf(Math.max(1, records.count()), exponent(0));
    return draw -> records.newest(zipf.rank(bits(draw)));
  }

  private double exponent(int index) {
    double exponent = arguments.size() > index ? arguments.get(index).real(new Draw()) : 0.99;
    if (!(exponent > 0 && exponent < 10)) {
      throw new BenchException(name + "(): the exponent has to be above 0 and below 10");
    }
    return exponent;
  }

  private OfNumbers sequence() {
    takes(0, 1, "[count]");
    if (arguments.isEmpty()) {
      return Draw::cycle;
    }
    long count = fixed(0, 1, Long.MAX_VALUE);
    return draw -> Math.floorMod(draw.cycle(), count);
  }

  private OfNumbers uniform() {
    takes(2, 2, "low, high");
    Generator low = arguments.get(0);
    Generator high = arguments.get(1);
    return draw -> {
      long from = low.number(draw);
      long count = high.number(draw) - from + 1;
      return from + Hash.below(bits(draw), Math.max(1, count));
    };
  }

  private OfNumbers zipf() {
    takes(1, 2, "count [, exponent]");
    Zipf zipf = new Zipf(fixed(0, 1, Long.MAX_VALUE), exponent(1));
    return draw -> zipf.rank(bits(draw));
  }

  private OfNumbers hotspot() {
    takes(3, 3, "count, part that is hot, share of operations on it");
    long count = fixed(0, 1, Long.MAX_VALUE);
    double part = fraction(1);
    double share = fraction(2);
    long hot = Math.max(1, Math.min(count, (long) (count * part)));
    return draw -> {
      long bits = bits(draw);
      boolean isHot = hot == count || Hash.unit(Hash.mix(bits)) < share;
      return isHot ? Hash.below(bits, hot) : hot + Hash.below(bits, count - hot);
    };
  }

  private double fraction(int index) {
    double fraction = arguments.get(index).real(new Draw());
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new BenchException(
          "%s(): argument %d has to be from 0 to 1".formatted(name, index + 1));
    }
    return fraction;
  }

  /** A permutation, so that neighbours and popular numbers are far from each other. */
  private OfNumbers scramble() {
    takes(2, 2, "number, count");
    Generator number = arguments.get(0);
    Permutation permutation = new Permutation(fixed(1, 1, 1L << 62));
    return draw -> permutation.of(number.number(draw));
  }

  private OfNumbers hash() {
    takes(1, 2, "number [, count]");
    Generator number = arguments.get(0);
    long count = arguments.size() > 1 ? fixed(1, 1, Long.MAX_VALUE) : Long.MAX_VALUE;
    return draw -> Hash.below(Hash.mix(number.number(draw), salt), count);
  }

  private Generator normal() {
    takes(2, 2, "mean, deviation");
    Generator mean = arguments.get(0);
    Generator deviation = arguments.get(1);
    return draw -> mean.real(draw) + deviation.real(draw) * gauss(bits(draw));
  }

  /** By the polar form of Box and Muller. */
  private static double gauss(long bits) {
    double radius = Math.sqrt(-2 * Math.log(1 - Hash.unit(bits)));
    return radius * Math.cos(2 * Math.PI * Hash.unit(Hash.mix(bits)));
  }

  private Generator exponential() {
    takes(1, 1, "mean");
    Generator mean = arguments.get(0);
    return draw -> -mean.real(draw) * Math.log(1 - Hash.unit(bits(draw)));
  }

  private Generator real() {
    takes(2, 2, "low, high");
    Generator low = arguments.get(0);
    Generator high = arguments.get(1);
    return draw -> {
      double from = low.real(draw);
      return from + (high.real(draw) - from) * Hash.unit(bits(draw));
    };
  }

  private OfNumbers arithmetic() {
    takes(2, 2, "number, number");
    Generator first = arguments.get(0);
    Generator second = arguments.get(1);
    return switch (name) {
      case "add" -> draw -> first.number(draw) + second.number(draw);
      case "mul" -> draw -> first.number(draw) * second.number(draw);
      case "div" -> draw -> Math.floorDiv(first.number(draw), second.number(draw));
      case "mod" -> draw -> Math.floorMod(first.number(draw), second.number(draw));
      case "min" -> draw -> Math.min(first.number(draw), second.number(draw));
      default -> draw -> Math.max(first.number(draw), second.number(draw));
    };
  }

  // ---- choices

  private Generator bool() {
    takes(0, 1, "[chance of true]");
    double chance = arguments.isEmpty() ? 0.5 : fraction(0);
    return draw -> Hash.unit(bits(draw)) < chance;
  }

  private Generator choose() {
    takes(1, MOST_ELEMENTS, "value, ...");
    Generator[] choices = arguments.toArray(Generator[]::new);
    return draw -> choices[(int) Hash.below(bits(draw), choices.length)].value(draw);
  }

  private Generator weighted() {
    takes(2, MOST_ELEMENTS, "value, weight, ...");
    if (arguments.size() % 2 != 0) {
      throw new BenchException("weighted(): each value needs a weight");
    }
    int count = arguments.size() / 2;
    Generator[] choices = new Generator[count];
    double[] until = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      choices[i] = arguments.get(2 * i);
      sum += Math.max(0, arguments.get(2 * i + 1).real(new Draw()));
      until[i] = sum;
    }
    if (!(sum > 0)) {
      throw new BenchException("weighted(): no weight is above 0");
    }
    return draw -> {
      double place = Hash.unit(bits(draw)) * until[count - 1];
      int choice = 0;
      while (until[choice] <= place) {
        choice++;
      }
      return choices[choice].value(draw);
    };
  }

  private Generator nullOr() {
    takes(2, 2, "chance of null, value");
    double chance = fraction(0);
    Generator value = arguments.get(1);
    return draw -> Hash.unit(bits(draw)) < chance ? null : value.value(draw);
  }

  // ---- texts and bytes

  private Generator concat() {
    takes(1, MOST_ELEMENTS, "value, ...");
    Generator[] parts = arguments.toArray(Generator[]::new);
    return draw -> {
      StringBuilder text = new StringBuilder(24);
      for (Generator part : parts) {
        if (part instanceof OfNumbers number) {
          text.append(number.number(draw));
        } else {
          text.append(part.value(draw));
        }
      }
      return text.toString();
    };
  }

  /** The length that one argument gives, or that lies between two. */
  private ToLongFunction<Draw> length() {
    takes(1, 2, "length, or least, most");
    Generator least = arguments.get(0);
    if (arguments.size() == 1) {
      return draw -> checkedLength(least.number(draw));
    }
    Generator most = arguments.get(1);
    return draw -> {
      long from = least.number(draw);
      long more = Hash.below(Hash.mix(bits(draw)), Math.max(1, most.number(draw) - from + 1));
      return checkedLength(from + more);
    };
  }

  private long checkedLength(long length) {
    if (length < 0 || length > LONGEST_TEXT) {
      throw new BenchException(
          "%s(): a length of %d; it has to be from 0 to %d".formatted(name, length, LONGEST_TEXT));
    }
    return length;
  }

  private Generator text() {
    ToLongFunction<Draw> length = length();
    return draw -> {
      byte[] letters = new byte[(int) length.applyAsLong(draw)];
      Letters.fill(letters, 0, letters.length, bits(draw));
      return new String(letters, StandardCharsets.ISO_8859_1);
    };
  }

  /** Made-up words, which compress as those of people do. */
  private Generator words() {
    takes(1, 1, "count");
    long count = fixed(0, 0, LONGEST_TEXT >> 4);
    return draw -> {
      StringBuilder text = new StringBuilder();
      long state = bits(draw);
      for (long i = 0; i < count; i++) {
        text.append(i == 0 ? "" : " ");
        state = Hash.mix(state + 1);
        // Few words are frequent, many are rare.
        double share = Hash.unit(state);
        word(text, (long) (20_000 * share * share * share));
      }
      return text.toString();
    };
  }

  private static void word(StringBuilder text, long number) {
    String consonants = "bdfghklmnprstvz";
    String vowels = "aeiou";
    long rest = number;
    do {
      text.append(consonants.charAt((int) (rest % 15)));
      rest /= 15;
      text.append(vowels.charAt((int) (rest % 5)));
      rest /= 5;
    } while (rest > 0);
  }

  private Generator blob() {
    ToLongFunction<Draw> length = length();
    return draw -> {
      byte[] bytes = new byte[(int) length.applyAsLong(draw)];
      long state = bits(draw);
      for (int i = 0; i < bytes.length; ) {
        long bits = state;
        for (int j = 0; j < 8 && i < bytes.length; j++, i++) {
          bytes[i] = (byte) bits;
          bits >>>= 8;
        }
        state = Hash.mix(state + 1);
      }
      return bytes;
    };
  }

  private Generator stamp() {
    takes(1, 1, "length");
    int length = (int) fixed(0, Stamp.LEAST_LENGTH, LONGEST_TEXT);
    return new Stamps(length);
  }

  // ---- identifiers and times

  private Generator uuid() {
    takes(0, 1, "[number]");
    return draw -> {
      long bits = arguments.isEmpty() ? bits(draw) : arguments.get(0).number(draw);
      long high = Hash.mix(bits, 1);
      long low = Hash.mix(bits, 2);
      return new UUID(high & ~0xf000L | 0x4000L, low & ~(3L << 62) | 1L << 63);
    };
  }

  private Generator timeuuid() {
    takes(1, 1, "milliseconds since 1970");
    Generator millis = arguments.get(0);
    return draw -> {
      long ticks = millis.number(draw) * 10_000 + GREGORIAN_TICKS;
      long high = ticks << 32 | (ticks >>> 32 & 0xffff) << 16 | 0x1000 | (ticks >>> 48 & 0xfff);
      return new UUID(high, bits(draw) & ~(3L << 62) | 1L << 63);
    };
  }

  private Generator timestamp() {
    takes(2, 2, "'2026-01-31T12:00:00Z', milliseconds behind it");
    Generator millis = arguments.get(1);
    String start = String.valueOf(arguments.get(0).value(new Draw()));
    try {
      long from = Instant.parse(start).toEpochMilli();
      return draw -> Instant.ofEpochMilli(from + millis.number(draw));
    } catch (DateTimeParseException e) {
      throw new BenchException(
          "timestamp(): '" + start + "' is no time such as" + " '2026-01-31T12:00:00Z'", e);
    }
  }

  private Generator date() {
    takes(2, 2, "'2026-01-31', days behind it");
    Generator days = arguments.get(1);
    String start = String.valueOf(arguments.get(0).value(new Draw()));
    try {
      LocalDate from = LocalDate.parse(start);
      return draw -> from.plusDays(days.number(draw));
    } catch (DateTimeParseException e) {
      throw new BenchException("date(): '" + start + "' is no day such as '2026-01-31'", e);
    }
  }

  // ---- collections

  /** Draws the elements one after the other, each from a cycle of its own. */
  private void each(Draw draw, Consumer<Draw> element) {
    long size = arguments.get(0).number(draw);
    if (size < 0 || size > MOST_ELEMENTS) {
      throw new BenchException(
          "%s(): %d elements; it has to be from 0 to %d".formatted(name, size, MOST_ELEMENTS));
    }
    Draw its = new Draw();
    for (long i = 0; i < size; i++) {
      its.of(Hash.mix(bits(draw), i)).key(draw.key());
      its.version(draw.version());
      element.accept(its);
    }
  }

  private Generator list() {
    takes(2, 2, "size, element");
    return draw -> {
      List<Object> list = new ArrayList<>();
      each(draw, its -> list.add(arguments.get(1).value(its)));
      return list;
    };
  }

  private Generator set() {
    takes(2, 2, "draws, element");
    return draw -> {
      Set<Object> set = new LinkedHashSet<>();
      each(draw, its -> set.add(arguments.get(1).value(its)));
      return set;
    };
  }

  private Generator map() {
    takes(3, 3, "draws, key, value");
    return draw -> {
      Map<Object, Object> map = new LinkedHashMap<>();
      each(draw, its -> map.put(arguments.get(1).value(its), arguments.get(2).value(its)));
      return map;
    };
  }
}

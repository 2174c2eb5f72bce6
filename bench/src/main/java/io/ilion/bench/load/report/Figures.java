package io.ilion.bench.load.report;

import java.util.Locale;

/** Numbers as people read them. */
public final class Figures {
  private Figures() {}

  /** Three digits that count, with commas between thousands. */
  public static String number(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    double size = Math.abs(value);
    String form = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 0.01 ? "%.2f" : "%.3g";
    return value == 0 ? "0" : String.format(Locale.ROOT, form, value);
  }

  /** A time given in microseconds. */
  public static String time(double micros) {
    if (Double.isNaN(micros)) {
      return "-";
    }
    if (micros < 1e3) {
      return number(micros) + " us";
    }
    return micros < 1e6 ? number(micros / 1e3) + " ms" : number(micros / 1e6) + " s";
  }

  /** A size in bytes. */
  public static String bytes(double bytes) {
    return Double.isNaN(bytes) ? "-" : number(bytes / (1 << 20)) + " MiB";
  }
}

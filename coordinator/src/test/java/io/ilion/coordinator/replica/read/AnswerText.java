package io.ilion.coordinator.replica.read;

import io.ilion.model.data.RowReader;
import java.util.HexFormat;

/** Answers as text, for comparison and for people. */
final class AnswerText {
  private AnswerText() {}

  static String of(ReplicaAnswer answer) {
    StringBuilder text = new StringBuilder();
    answer.partitions().forEach(p -> text.append(of(p)));
    return text.append(answer.isStopped() ? "stopped" : "end").toString();
  }

  static String of(AnswerPartition partition) {
    StringBuilder text = new StringBuilder("partition ").append(hex(partition.key));
    text.append(partition.deletion.isNone() ? "" : " " + partition.deletion);
    text.append(partition.bound == null ? "" : " up to " + hex(partition.bound)).append('\n');
    if (partition.staticRow != null) {
      text.append("static ").append(row(new RowReader().wrap(partition.staticRow))).append('\n');
    }
    for (int row = partition.firstRow(); row < partition.endRow(); row++) {
      text.append("row ")
          .append(
              HexFormat.of()
                  .formatHex(
                      partition.array,
                      partition.keyOffset(row),
                      partition.keyOffset(row) + partition.keyLength(row)))
          .append(
              row(
                  new RowReader()
                      .wrap(
                          partition.array, partition.imageOffset(row), partition.imageLength(row))))
          .append('\n');
    }
    for (AnswerPartition.Range range : partition.ranges) {
      text.append("range ").append(hex(range.start())).append('-').append(hex(range.end()));
      text.append(' ').append(range.deletion()).append('\n');
    }
    return text.toString();
  }

  static String row(RowReader row) {
    StringBuilder text = new StringBuilder();
    if (row.hasLiveness()) {
      text.append(" alive@").append(row.livenessTimestamp());
      text.append('/').append(row.livenessTtl());
      text.append(row.livenessTtl() == 0 ? "" : "/" + row.livenessExpiresAt());
    }
    if (row.hasDeletion()) {
      text.append(" deleted@").append(row.deletionTimestamp());
      text.append('/').append(row.deletionLocalSeconds());
    }
    while (row.nextCell()) {
      text.append(' ').append(row.column()).append(hex(row.path()).isEmpty() ? "" : ":");
      text.append(hex(row.path())).append('=');
      if (row.isTombstone() || row.isColumnDeletion()) {
        text.append(row.isTombstone() ? "x" : "X").append(row.localDeletionSeconds());
      } else {
        text.append(hex(row.value()));
        text.append(row.isExpiring() ? "/" + row.ttl() + "/" + row.expiresAt() : "");
      }
      text.append('@').append(row.timestamp());
    }
    return text.toString();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}

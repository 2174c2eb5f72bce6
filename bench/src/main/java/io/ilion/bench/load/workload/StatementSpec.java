package io.ilion.bench.load.workload;

import java.util.List;

/**
 * A statement of a workload.
 *
 * @param name under which it is reported
 * @param weight how often it is chosen, in proportion to the others of its phase
 * @param cql with markers
 * @param key the expression of the number of the record that it concerns; null if it has none
 * @param bind an expression for each marker
 * @param verify the columns of its rows that hold stamps of that record; none if it is not checked
 * @param mayBeAbsent whether a record that was written may rightly not be there any more
 * @param consistency its level, or null for that of the run
 * @param then the name of a statement of the phase that follows in the same operation, for the same
 *     record, once this one is answered; or null
 * @param pages how many pages are read at most
 * @param where it was written, for errors
 */
public record StatementSpec(
    String name,
    double weight,
    String cql,
    String key,
    List<String> bind,
    List<String> verify,
    boolean mayBeAbsent,
    String consistency,
    String then,
    int pages,
    String where) {}

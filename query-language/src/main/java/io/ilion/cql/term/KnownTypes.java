package io.ilion.cql.term;

import io.ilion.cql.ast.Term;
import io.ilion.model.type.CqlType;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The types of calls, by what is wished of them: found once, since resolving a function asks each
 * of its arguments once for every overload.
 */
final class KnownTypes {
  private final Map<Term, Map<String, CqlType>> types = new IdentityHashMap<>();

  CqlType of(Term term, CqlType wish, Supplier<CqlType> finder) {
    Map<String, CqlType> byWish = types.computeIfAbsent(term, t -> new HashMap<>());
    String key = wish == null ? "" : wish.toString();
    if (!byWish.containsKey(key)) {
      byWish.put(key, finder.get());
    }
    return byWish.get(key);
  }
}

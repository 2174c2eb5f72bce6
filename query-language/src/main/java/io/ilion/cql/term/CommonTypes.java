package io.ilion.cql.term;

import io.ilion.cql.ast.Term;
import io.ilion.model.type.CqlType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;

/** The types that literals of collections and tuples have by what they hold. */
final class CommonTypes {
  private CommonTypes() {}

  static CqlType ofList(TermPreparer p, Term.ListLiteral literal) {
    CqlType element = first(p, literal.elements());
    return element == null ? null : p.types().listOf(element);
  }

  static CqlType ofSet(TermPreparer p, Term.SetLiteral literal) {
    CqlType element = first(p, literal.elements());
    return element == null ? null : p.types().setOf(element);
  }

  static CqlType ofMap(TermPreparer p, Term.MapLiteral literal) {
    CqlType key = first(p, literal.entries().stream().map(Term.MapEntry::key).toList());
    CqlType value = first(p, literal.entries().stream().map(Term.MapEntry::value).toList());
    return key == null || value == null ? null : p.types().mapOf(key, value);
  }

  /** One alone may just be in parentheses, so it has no type. */
  static CqlType ofTuple(TermPreparer p, Term.TupleLiteral literal) {
    if (literal.elements().size() == 1) {
      return null;
    }
    return ofTuple(p, literal, TermPreparer::typeOf);
  }

  private static CqlType ofTuple(
      TermPreparer p, Term.TupleLiteral literal, BiFunction<TermPreparer, Term, CqlType> typeOf) {
    List<CqlType> types = new ArrayList<>();
    for (Term element : literal.elements()) {
      CqlType type = typeOf.apply(p, element);
      if (type == null) {
        return null;
      }
      types.add(type);
    }
    return p.types().tupleOf(types);
  }

  private static CqlType first(TermPreparer p, List<Term> terms) {
    // Every element is asked, so that what is wrong with any is told.
    return terms.stream().map(p::typeOf).toList().stream()
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** The type that a term has or prefers: of a collection one that takes all its elements. */
  static CqlType preferred(TermPreparer p, Term term) {
    return switch (term) {
      case Term.Literal t -> Literals.preferredType(t);
      case Term.ListLiteral t -> {
        CqlType element = common(p, t.elements());
        yield element == null ? null : p.types().listOf(element);
      }
      case Term.SetLiteral t -> {
        CqlType element = common(p, t.elements());
        yield element == null ? null : p.types().setOf(element);
      }
      case Term.MapLiteral t when p.isSelection() -> null;
      case Term.MapLiteral t -> {
        CqlType key = common(p, t.entries().stream().map(Term.MapEntry::key).toList());
        CqlType value = common(p, t.entries().stream().map(Term.MapEntry::value).toList());
        yield key == null || value == null ? null : p.types().mapOf(key, value);
      }
      case Term.TupleLiteral t when t.elements().size() == 1 -> preferred(p, t.elements().get(0));
      case Term.TupleLiteral t -> ofTuple(p, t, CommonTypes::preferred);
      default -> p.typeOf(term);
    };
  }

  private static CqlType common(TermPreparer p, List<Term> terms) {
    Set<CqlType> types = new LinkedHashSet<>();
    for (Term term : terms) {
      CqlType type = preferred(p, term);
      if (type != null) {
        types.add(type);
      }
    }
    for (CqlType type : types) {
      if (types.stream().allMatch(other -> type.assignmentFrom(other).isAssignable())) {
        return type;
      }
    }
    return null;
  }
}

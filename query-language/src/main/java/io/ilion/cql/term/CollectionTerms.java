package io.ilion.cql.term;

import io.ilion.cql.ast.Term;
import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Assignment;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.UserType;
import io.ilion.model.type.Values;
import io.ilion.model.type.VectorType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Literals of collections, tuples, user types and vectors. */
final class CollectionTerms {
  private CollectionTerms() {}

  static PreparedTerm list(TermPreparer preparer, Term.ListLiteral literal, Receiver receiver) {
    CqlType type = receiver.type();
    if (type instanceof VectorType vector) {
      return vector(preparer, literal, receiver, vector);
    }
    if (type.kind() != Kind.LIST) {
      throw CqlException.invalid(
          "Unexpected receiver type '%s'; only list and vector are expected", type.cqlName());
    }
    Receiver element = element(receiver, "value(" + receiver.name() + ")", 0);
    List<PreparedTerm> elements =
        prepareAll(preparer, literal.elements(), element, "list", "value", receiver);
    return composed(
        type,
        elements,
        e -> {
          List<byte[]> values =
              preparer.isSelection() ? evaluateWithNulls(elements, e) : evaluate(elements, e);
          return WireValues.collection(values.size(), values);
        });
  }

  static PreparedTerm set(TermPreparer preparer, Term.SetLiteral literal, Receiver receiver) {
    CqlType type = receiver.type();
    if (literal.elements().isEmpty() && type.kind() == Kind.MAP) {
      return map(preparer, new Term.MapLiteral(List.of(), literal.position()), receiver);
    }
    if (type.kind() != Kind.SET) {
      throw CqlException.invalid(
          "Invalid set literal for %s of type %s", receiver.name(), type.cqlName());
    }
    Receiver element = element(receiver, "value(" + receiver.name() + ")", 0);
    List<PreparedTerm> elements =
        prepareAll(preparer, literal.elements(), element, "set", "value", receiver);
    Comparator<byte[]> order = type.componentTypes().get(0)::compare;
    return composed(
        type,
        elements,
        e -> {
          Map<byte[], byte[]> sorted = new TreeMap<>(order);
          for (byte[] value : evaluate(elements, e)) {
            sorted.putIfAbsent(value, value);
          }
          return WireValues.collection(sorted.size(), List.copyOf(sorted.keySet()));
        });
  }

  static PreparedTerm map(TermPreparer preparer, Term.MapLiteral literal, Receiver receiver) {
    CqlType type = receiver.type();
    if (type.kind() != Kind.MAP) {
      throw CqlException.invalid(
          "Invalid map literal for %s of type %s", receiver.name(), type.cqlName());
    }
    Receiver key = element(receiver, "key(" + receiver.name() + ")", 0);
    Receiver value = element(receiver, "value(" + receiver.name() + ")", 1);
    List<PreparedTerm> keys =
        prepareAll(
            preparer,
            literal.entries().stream().map(Term.MapEntry::key).toList(),
            key,
            "map",
            "key",
            receiver);
    List<PreparedTerm> values =
        prepareAll(
            preparer,
            literal.entries().stream().map(Term.MapEntry::value).toList(),
            value,
            "map",
            "value",
            receiver);
    Comparator<byte[]> order = type.componentTypes().get(0)::compare;
    List<PreparedTerm> all = new ArrayList<>(keys);
    all.addAll(values);
    return composed(
        type,
        all,
        e -> {
          Map<byte[], byte[]> sorted = new TreeMap<>(order);
          List<byte[]> k = evaluate(keys, e);
          List<byte[]> v = evaluate(values, e);
          for (int i = 0; i < k.size(); i++) {
            sorted.put(k.get(i), v.get(i));
          }
          List<byte[]> parts = new ArrayList<>();
          sorted.forEach(
              (a, b) -> {
                parts.add(a);
                parts.add(b);
              });
          return WireValues.collection(sorted.size(), parts);
        });
  }

  private static PreparedTerm vector(
      TermPreparer preparer, Term.ListLiteral literal, Receiver receiver, VectorType type) {
    if (literal.elements().size() != type.dimensions()) {
      throw CqlException.invalid(
          "Invalid vector literal for %s of type %s; expected %d elements, but given %d",
          receiver.name(), type.cqlName(), type.dimensions(), literal.elements().size());
    }
    Receiver element = element(receiver, "value(" + receiver.name() + ")", 0);
    List<PreparedTerm> elements =
        prepareAll(preparer, literal.elements(), element, "vector", "value", receiver);
    return composed(type, elements, e -> type.compose(evaluate(elements, e, "vectors")));
  }

  static PreparedTerm tuple(TermPreparer preparer, Term.TupleLiteral literal, Receiver receiver) {
    CqlType type = receiver.type();
    List<CqlType> types = type.componentTypes();
    if (!type.isTuple()) {
      if (literal.elements().size() == 1) {
        return preparer.prepare(literal.elements().get(0), receiver);
      }
      throw CqlException.invalid(
          "Invalid tuple type literal for %s of type %s", receiver.name(), type.cqlName());
    }
    if (literal.elements().size() > types.size()) {
      throw CqlException.invalid(
          "Invalid tuple literal for %s: too many elements. Type %s expects %d but got %d",
          receiver.name(), type.cqlName(), types.size(), literal.elements().size());
    }
    List<PreparedTerm> elements = new ArrayList<>();
    for (int i = 0; i < literal.elements().size(); i++) {
      Receiver component = receiver.with(receiver.name() + "[" + i + "]", types.get(i));
      Term term = literal.elements().get(i);
      if (!preparer.test(term, component).isAssignable()) {
        throw CqlException.invalid(
            "Invalid tuple literal for %s: component %d is not of type %s",
            receiver.name(), i, types.get(i).cqlName());
      }
      elements.add(preparer.prepare(term, component));
    }
    return composed(type, elements, e -> WireValues.tuple(evaluateWithNulls(elements, e)));
  }

  static PreparedTerm userType(
      TermPreparer preparer, Term.UserTypeLiteral literal, Receiver receiver) {
    if (!(receiver.type() instanceof UserType type)) {
      throw CqlException.invalid(
          "Invalid user type literal for %s of type %s",
          receiver.name(), receiver.type().cqlName());
    }
    List<PreparedTerm> fields = new ArrayList<>();
    int found = 0;
    for (int i = 0; i < type.fieldNames().size(); i++) {
      String name = type.fieldNames().get(i);
      CqlType fieldType = type.componentTypes().get(i);
      Receiver field = receiver.with(receiver.name() + "." + name, fieldType);
      PreparedTerm prepared = new PreparedTerm.Constant(fieldType, null);
      for (Term.FieldValue value : literal.fields()) {
        if (value.field().name().equals(name)) {
          found++;
          if (!preparer.test(value.value(), field).isAssignable()) {
            throw CqlException.invalid(
                "Invalid user type literal for %s: field %s is not of type %s",
                receiver.name(), name, fieldType.cqlName());
          }
          prepared = preparer.prepare(value.value(), field);
        }
      }
      fields.add(prepared);
    }
    if (found != literal.fields().size()) {
      for (Term.FieldValue value : literal.fields()) {
        if (!type.fieldNames().contains(value.field().name())) {
          throw CqlException.invalid(
              "Unknown field '%s' in value of user defined type %s",
              value.field().name(), type.name());
        }
      }
    }
    return composed(type, fields, e -> WireValues.tuple(evaluateWithNulls(fields, e)));
  }

  private static Receiver element(Receiver receiver, String name, int index) {
    return receiver.with(name, receiver.type().componentTypes().get(index));
  }

  private static List<PreparedTerm> prepareAll(
      TermPreparer preparer,
      List<Term> terms,
      Receiver element,
      String kind,
      String part,
      Receiver whole) {
    List<PreparedTerm> prepared = new ArrayList<>();
    for (Term term : terms) {
      if (!preparer.test(term, element).isAssignable()) {
        throw CqlException.invalid(
            "Invalid %s literal for %s: %s %s is not of type %s",
            kind, whole.name(), part, TermText.of(term), element.type().cqlName());
      }
      if (term instanceof Term.NullLiteral) {
        throw CqlException.invalid(
            "null is not supported inside %s", kind.equals("vector") ? "vectors" : "collections");
      }
      PreparedTerm ready = preparer.prepare(term, element);
      if (!preparer.isSelection() && !kind.equals("vector") && ready.hasMarker()) {
        throw CqlException.invalid(
            "Invalid %s literal for %s: bind variables are not supported inside collection"
                + " literals",
            kind, whole.name());
      }
      prepared.add(ready);
    }
    return prepared;
  }

  private static List<byte[]> evaluate(List<PreparedTerm> terms, Evaluation evaluation) {
    return evaluate(terms, evaluation, "collections");
  }

  private static List<byte[]> evaluate(
      List<PreparedTerm> terms, Evaluation evaluation, String whole) {
    List<byte[]> values = new ArrayList<>(terms.size());
    for (PreparedTerm term : terms) {
      byte[] value = term.evaluate(evaluation);
      if (value == null) {
        throw CqlException.invalid("null is not supported inside %s", whole);
      }
      if (Values.isUnset(value)) {
        throw CqlException.invalid("unset value is not supported inside %s", whole);
      }
      values.add(value);
    }
    return values;
  }

  private static List<byte[]> evaluateWithNulls(List<PreparedTerm> terms, Evaluation evaluation) {
    List<byte[]> values = new ArrayList<>(terms.size());
    for (int i = 0; i < terms.size(); i++) {
      byte[] value = terms.get(i).evaluate(evaluation);
      if (Values.isUnset(value)) {
        throw CqlException.invalid("Invalid unset value for tuple field number %d", i);
      }
      values.add(value);
    }
    return values;
  }

  private static PreparedTerm composed(
      CqlType type, List<PreparedTerm> parts, Function<Evaluation, byte[]> compose) {
    if (parts.stream().allMatch(PreparedTerm::isConstant)) {
      return new PreparedTerm.Constant(type, compose.apply(null));
    }
    return new ComposedTerm(type, parts, compose);
  }

  private record ComposedTerm(
      CqlType type, List<PreparedTerm> parts, Function<Evaluation, byte[]> compose)
      implements PreparedTerm {
    @Override
    public boolean hasMarker() {
      return parts.stream().anyMatch(PreparedTerm::hasMarker);
    }

    @Override
    public byte[] evaluate(Evaluation evaluation) {
      return compose.apply(evaluation);
    }
  }

  static Assignment testList(TermPreparer p, Term.ListLiteral literal, Receiver receiver) {
    Kind kind = receiver.type().kind();
    if (kind != Kind.LIST && kind != Kind.VECTOR) {
      return Assignment.NOT;
    }
    return testAll(p, literal.elements(), element(receiver, "", 0));
  }

  static Assignment testSet(TermPreparer p, Term.SetLiteral literal, Receiver receiver) {
    Kind kind = receiver.type().kind();
    if (kind == Kind.MAP && literal.elements().isEmpty()) {
      return Assignment.WEAK;
    }
    return kind != Kind.SET
        ? Assignment.NOT
        : testAll(p, literal.elements(), element(receiver, "", 0));
  }

  static Assignment testMap(TermPreparer p, Term.MapLiteral literal, Receiver receiver) {
    if (receiver.type().kind() != Kind.MAP) {
      return Assignment.NOT;
    }
    Assignment keys =
        testAll(
            p,
            literal.entries().stream().map(Term.MapEntry::key).toList(),
            element(receiver, "", 0));
    Assignment values =
        testAll(
            p,
            literal.entries().stream().map(Term.MapEntry::value).toList(),
            element(receiver, "", 1));
    return keys.compareTo(values) > 0 ? keys : values;
  }

  static Assignment testTuple(TermPreparer p, Term.TupleLiteral literal, Receiver receiver) {
    List<CqlType> types = receiver.type().componentTypes();
    if (!receiver.type().isTuple()) {
      return literal.elements().size() == 1
          ? p.test(literal.elements().get(0), receiver)
          : Assignment.NOT;
    }
    if (literal.elements().size() > types.size()) {
      return Assignment.NOT;
    }
    Assignment result = Assignment.EXACT;
    for (int i = 0; i < literal.elements().size(); i++) {
      Assignment one = p.test(literal.elements().get(i), receiver.with("", types.get(i)));
      result = one.compareTo(result) > 0 ? one : result;
    }
    return result;
  }

  static Assignment testUserType(TermPreparer p, Term.UserTypeLiteral literal, Receiver receiver) {
    if (!(receiver.type() instanceof UserType type)) {
      return Assignment.NOT;
    }
    for (Term.FieldValue field : literal.fields()) {
      int index = type.fieldNames().indexOf(field.field().name());
      if (index < 0
          || !p.test(field.value(), receiver.with("", type.componentTypes().get(index)))
              .isAssignable()) {
        return Assignment.NOT;
      }
    }
    return Assignment.WEAK;
  }

  private static Assignment testAll(TermPreparer p, List<Term> terms, Receiver element) {
    if (terms.isEmpty()) {
      return Assignment.WEAK;
    }
    Assignment result = Assignment.EXACT;
    for (Term term : terms) {
      Assignment one = p.test(term, element);
      result = one.compareTo(result) > 0 ? one : result;
    }
    return result;
  }
}

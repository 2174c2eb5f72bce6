package io.ilion.cql.grammar;

import static io.ilion.cql.grammar.AstBuilder.lower;
import static io.ilion.cql.grammar.AstBuilder.position;

import io.ilion.cql.ast.ArithmeticOperator;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Position;
import io.ilion.cql.ast.RawType;
import io.ilion.cql.ast.Term;
import io.ilion.model.CqlException;
import io.ilion.model.type.NumberText;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Builds terms and types. */
final class TermBuilder {
  private int markers;

  /** Whether a rule is a term, a type, or a part of one. */
  static boolean handles(int rule) {
    return (rule >= CqlGrammar.RULE_term && rule <= CqlGrammar.RULE_tupleLiteral)
        || (rule >= CqlGrammar.RULE_unaliasedSelector && rule <= CqlGrammar.RULE_selectorSetRest)
        || rule == CqlGrammar.RULE_type
        || rule == CqlGrammar.RULE_nativeType;
  }

  Object build(Node node, int rule) {
    return switch (rule) {
      case CqlGrammar.RULE_term, CqlGrammar.RULE_unaliasedSelector -> arithmetic(node);
      case CqlGrammar.RULE_arithmeticOperator -> operator(node.start);
      case CqlGrammar.RULE_operand,
          CqlGrammar.RULE_simpleCastTerm,
          CqlGrammar.RULE_selectorPrimary,
          CqlGrammar.RULE_selectorOperand ->
          operand(node);
      case CqlGrammar.RULE_typeHint -> node.built(1);
      case CqlGrammar.RULE_simpleTerm -> simpleTerm(node);
      case CqlGrammar.RULE_simpleSelector -> simpleSelector(node);
      case CqlGrammar.RULE_selectorFunction -> selectorFunction(node);
      case CqlGrammar.RULE_functionCall ->
          new Term.FunctionCall(node.built(0), node.all(CqlGrammar.RULE_term), position(node));
      case CqlGrammar.RULE_constant -> constant(node.start);
      case CqlGrammar.RULE_nullLiteral -> new Term.NullLiteral(position(node));
      case CqlGrammar.RULE_bindMarker -> marker(node);
      case CqlGrammar.RULE_intValue ->
          node.getChild(0) instanceof TerminalNode ? constant(node.start) : node.built(0);
      case CqlGrammar.RULE_listLiteral ->
          new Term.ListLiteral(node.all(CqlGrammar.RULE_term), position(node));
      case CqlGrammar.RULE_selectorList ->
          new Term.ListLiteral(node.all(CqlGrammar.RULE_unaliasedSelector), position(node));
      case CqlGrammar.RULE_tupleLiteral ->
          new Term.TupleLiteral(node.all(CqlGrammar.RULE_term), position(node));
      case CqlGrammar.RULE_selectorTuple ->
          new Term.TupleLiteral(node.all(CqlGrammar.RULE_unaliasedSelector), position(node));
      case CqlGrammar.RULE_setOrMapLiteral, CqlGrammar.RULE_selectorMapOrSet -> setOrMap(node);
      case CqlGrammar.RULE_mapRest -> node.all(CqlGrammar.RULE_term);
      case CqlGrammar.RULE_setRest -> node.all(CqlGrammar.RULE_term);
      case CqlGrammar.RULE_selectorMapRest -> node.all(CqlGrammar.RULE_unaliasedSelector);
      case CqlGrammar.RULE_selectorSetRest -> node.all(CqlGrammar.RULE_unaliasedSelector);
      case CqlGrammar.RULE_mapLiteral ->
          new Term.MapLiteral(node.all(CqlGrammar.RULE_mapEntry), position(node));
      case CqlGrammar.RULE_mapEntry -> new Term.MapEntry(node.built(0), node.built(2));
      case CqlGrammar.RULE_userTypeLiteral ->
          new Term.UserTypeLiteral(node.all(CqlGrammar.RULE_fieldValue), position(node));
      case CqlGrammar.RULE_fieldValue -> new Term.FieldValue(node.built(0), node.built(2));
      case CqlGrammar.RULE_selectorModifier -> modifier(node);
      case CqlGrammar.RULE_subSelection -> subSelection(node);
      case CqlGrammar.RULE_type -> type((CqlGrammar.TypeContext) node);
      case CqlGrammar.RULE_nativeType -> new RawType.Native(lower(node.start));
      default -> null;
    };
  }

  /** Folds a flat chain of operands, first the products, then the sums, from left to right. */
  private static Term arithmetic(Node node) {
    if (node.getChildCount() == 1) {
      return node.built(0);
    }
    List<Term> summands = new ArrayList<>();
    List<ArithmeticOperator> signs = new ArrayList<>();
    Term product = node.built(0);
    for (int i = 1; i < node.getChildCount(); i += 2) {
      ArithmeticOperator operator = node.built(i);
      Term operand = node.built(i + 1);
      if (operator == ArithmeticOperator.ADD || operator == ArithmeticOperator.SUBTRACT) {
        summands.add(product);
        signs.add(operator);
        product = operand;
      } else {
        product = new Term.Arithmetic(operator, product, operand, product.position());
      }
    }
    summands.add(product);
    Term sum = summands.get(0);
    for (int i = 0; i < signs.size(); i++) {
      sum = new Term.Arithmetic(signs.get(i), sum, summands.get(i + 1), sum.position());
    }
    return sum;
  }

  private static ArithmeticOperator operator(Token token) {
    return switch (token.getType()) {
      case CqlGrammar.PLUS -> ArithmeticOperator.ADD;
      case CqlGrammar.MINUS -> ArithmeticOperator.SUBTRACT;
      case CqlGrammar.STAR -> ArithmeticOperator.MULTIPLY;
      case CqlGrammar.SLASH -> ArithmeticOperator.DIVIDE;
      default -> ArithmeticOperator.MODULO;
    };
  }

  /** Signs and type hints before a term, accesses behind it. */
  private static Term operand(Node node) {
    int i = 0;
    while (!isTerm(node.getChild(i))) {
      i++;
    }
    Term term = node.built(i);
    for (int j = i + 1; j < node.getChildCount(); j++) {
      Modifier modifier = node.built(j);
      term = modifier.apply(term);
    }
    for (int j = i - 1; j >= 0; j--) {
      if (node.getChild(j) instanceof TerminalNode minus) {
        term = new Term.Negation(term, position(minus.getSymbol()));
      } else {
        term = new Term.TypeHint(node.built(j), term, position((Node) node.getChild(j)));
      }
    }
    return term;
  }

  private static boolean isTerm(ParseTree child) {
    return child instanceof Node node && node.built instanceof Term;
  }

  private static Term simpleTerm(Node node) {
    if (node.hasToken(CqlGrammar.K_CAST)) {
      return new Term.Cast(node.built(2), node.built(4), position(node));
    }
    return node.built(0);
  }

  private static Term simpleSelector(Node node) {
    Object built = node.built(0);
    return built instanceof Identifier column ? new Term.ColumnRef(column) : (Term) built;
  }

  private static Term selectorFunction(Node node) {
    Position position = position(node);
    if (node.hasToken(CqlGrammar.STAR)) {
      return new Term.CountRows(position);
    }
    // A keyspace of functions may have any of these words for its name.
    int keyword = node.getChild(0) instanceof Node ? Token.INVALID_TYPE : node.start.getType();
    return switch (keyword) {
      case CqlGrammar.K_CAST -> new Term.Cast(node.built(2), node.built(4), position);
      case CqlGrammar.K_WRITETIME -> attribute(node, Term.CellAttribute.Kind.WRITETIME);
      case CqlGrammar.K_MAXWRITETIME -> attribute(node, Term.CellAttribute.Kind.MAXWRITETIME);
      case CqlGrammar.K_TTL -> attribute(node, Term.CellAttribute.Kind.TTL);
      default ->
          new Term.FunctionCall(
              node.built(0), node.all(CqlGrammar.RULE_unaliasedSelector), position);
    };
  }

  private static Term attribute(Node node, Term.CellAttribute.Kind kind) {
    Term column = new Term.ColumnRef(node.built(2));
    List<Modifier> modifiers = node.all(CqlGrammar.RULE_selectorModifier);
    for (Modifier modifier : modifiers) {
      column = modifier.apply(column);
    }
    return new Term.CellAttribute(kind, column, position(node));
  }

  /** An access to a part of the term before it. */
  private interface Modifier {
    Term apply(Term term);
  }

  private static Modifier modifier(Node node) {
    Position position = position(node);
    Object built = node.built(1);
    return switch (built) {
      case Identifier field -> term -> new Term.FieldAccess(term, field, position);
      case SubSelection(Term from, Term to, boolean slice) when slice ->
          term -> new Term.SliceAccess(term, from, to, position);
      case SubSelection sub -> term -> new Term.ElementAccess(term, sub.from(), position);
      default -> throw new IllegalStateException("not a modifier: " + built);
    };
  }

  private record SubSelection(Term from, Term to, boolean slice) {}

  private static SubSelection subSelection(Node node) {
    if (node.getChildCount() == 1) {
      return new SubSelection(node.built(0), null, false);
    }
    boolean open = node.getChild(0) instanceof TerminalNode;
    return open
        ? new SubSelection(null, node.built(1), true)
        : new SubSelection(node.built(0), node.getChildCount() > 2 ? node.built(2) : null, true);
  }

  private static Term setOrMap(Node node) {
    Position position = position(node);
    if (node.getChildCount() == 2) {
      return new Term.SetLiteral(List.of(), position);
    }
    Node rest = (Node) node.getChild(2);
    List<Term> others = node.built(2);
    int rule = rest.getRuleIndex();
    if (rule == CqlGrammar.RULE_setRest || rule == CqlGrammar.RULE_selectorSetRest) {
      List<Term> elements = new ArrayList<>();
      elements.add(node.built(1));
      elements.addAll(others);
      return new Term.SetLiteral(List.copyOf(elements), position);
    }
    List<Term.MapEntry> entries = new ArrayList<>();
    entries.add(new Term.MapEntry(node.built(1), others.get(0)));
    for (int i = 1; i < others.size(); i += 2) {
      entries.add(new Term.MapEntry(others.get(i), others.get(i + 1)));
    }
    return new Term.MapLiteral(List.copyOf(entries), position);
  }

  private Term marker(Node node) {
    Identifier name = node.getChildCount() > 1 ? node.built(1) : null;
    return new Term.BindMarker(markers++, name == null ? null : name.name(), position(node));
  }

  /** A constant from its token. */
  static Term.Literal constant(Token token) {
    Term.LiteralKind kind =
        switch (token.getType()) {
          case CqlGrammar.STRING_LITERAL -> Term.LiteralKind.STRING;
          case CqlGrammar.INTEGER -> Term.LiteralKind.INTEGER;
          case CqlGrammar.BOOLEAN -> Term.LiteralKind.BOOLEAN;
          case CqlGrammar.DURATION -> Term.LiteralKind.DURATION;
          case CqlGrammar.UUID -> Term.LiteralKind.UUID;
          case CqlGrammar.HEXNUMBER -> Term.LiteralKind.HEX;
          default -> Term.LiteralKind.FLOAT;
        };
    String text =
        switch (token.getType()) {
          case CqlGrammar.K_POSITIVE_NAN, CqlGrammar.K_NEGATIVE_NAN -> "NaN";
          case CqlGrammar.K_POSITIVE_INFINITY -> "Infinity";
          case CqlGrammar.K_NEGATIVE_INFINITY -> "-Infinity";
          default -> Texts.of(token);
        };
    if (token.getType() == CqlGrammar.FLOAT) {
      requireNumber(text);
    }
    return new Term.Literal(kind, text, position(token));
  }

  /** Throws NumberFormatException, as Cassandra's reader does, for what is no decimal. */
  private static void requireNumber(String text) {
    if (text.length() <= NumberText.MOST_CHARACTERS) {
      NumberText.decimal(text);
    }
    if (Double.isInfinite(Double.parseDouble(text))) {
      // Not even a decimal may be out of the range of a double in Cassandra.
      throw new NumberFormatException(
          "Character I is neither a decimal digit number, decimal point, nor \"e\" notation"
              + " exponential mark.");
    }
  }

  private static RawType type(CqlGrammar.TypeContext node) {
    return switch (node) {
      case CqlGrammar.NativeContext n -> n.built(0);
      case CqlGrammar.MapTypeContext n -> new RawType.MapType(n.built(2), n.built(4));
      case CqlGrammar.ListTypeContext n -> new RawType.ListType(n.built(2));
      case CqlGrammar.SetTypeContext n -> new RawType.SetType(n.built(2));
      case CqlGrammar.TupleTypeContext n -> new RawType.TupleType(n.all(CqlGrammar.RULE_type));
      case CqlGrammar.VectorTypeContext n ->
          new RawType.VectorType(n.built(2), dimensions(n.token(CqlGrammar.INTEGER)));
      case CqlGrammar.UserTypeContext n -> new RawType.UserType(n.built(0));
      case CqlGrammar.FrozenTypeContext n -> frozen(n.built(2));
      default -> new RawType.CustomType(Texts.of(node.start));
    };
  }

  private static RawType frozen(RawType type) {
    if (type instanceof RawType.Native || type instanceof RawType.CustomType) {
      throw CqlException.syntax(
          "%s",
          "frozen<> is only allowed on collections, tuples, and user-defined types (got "
              + type
              + ")");
    }
    return new RawType.FrozenType(type);
  }

  private static int dimensions(Token token) {
    try {
      return Integer.parseInt(token.getText());
    } catch (NumberFormatException e) {
      throw CqlException.syntax(
          "%s",
          "line "
              + position(token)
              + " invalid number of dimensions '"
              + token.getText()
              + "', an integer of 32 bits expected");
    }
  }
}

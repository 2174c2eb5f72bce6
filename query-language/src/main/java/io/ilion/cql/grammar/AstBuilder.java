package io.ilion.cql.grammar;

import io.ilion.cql.ast.FunctionName;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Position;
import io.ilion.cql.ast.QualifiedName;
import io.ilion.model.CqlException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.antlr.v4.runtime.Token;

/**
 * Makes a part of the syntax tree from each rule that has been recognised, from those that its
 * sub-rules made before ({@link Node#built}). Numbers the bind markers, so an instance is for one
 * statement.
 */
final class AstBuilder {
  private static final Set<String> RESERVED_TYPE_NAMES =
      Set.of("byte", "complex", "enum", "date", "interval", "macaddr", "bitstring");

  private final TermBuilder terms = new TermBuilder();

  /** Returns what the rule means, or null for rules that only group tokens. */
  Object build(Node node) {
    int rule = node.getRuleIndex();
    return switch (rule) {
      case CqlGrammar.RULE_ident,
          CqlGrammar.RULE_columnName,
          CqlGrammar.RULE_typeSimpleName,
          CqlGrammar.RULE_functionSimpleName ->
          name(node, rule);
      case CqlGrammar.RULE_nameOrMarker -> node.built(0);
      case CqlGrammar.RULE_keyspaceName -> keyspaceName(node);
      case CqlGrammar.RULE_tableName -> qualifiedName(node, "table");
      case CqlGrammar.RULE_indexName -> qualifiedName(node, "index");
      case CqlGrammar.RULE_indexSimpleName -> simpleName(node, "index");
      case CqlGrammar.RULE_typeName -> typeName(node);
      case CqlGrammar.RULE_roleName -> roleName(node.start);
      case CqlGrammar.RULE_userName -> userName(node);
      case CqlGrammar.RULE_functionName -> functionName(node);
      default -> {
        if (TermBuilder.handles(rule)) {
          yield terms.build(node, rule);
        }
        if (QueryBuilder.handles(rule)) {
          yield QueryBuilder.build(node, rule);
        }
        Object schema = SchemaBuilder.build(node, rule);
        yield schema != null ? schema : RoleBuilder.build(node, rule);
      }
    };
  }

  /** How much higher the syntax tree gets by a rule than the highest of its parts. */
  static int addedHeight(Node node) {
    return switch (node.getRuleIndex()) {
      case CqlGrammar.RULE_term,
          CqlGrammar.RULE_unaliasedSelector,
          CqlGrammar.RULE_operand,
          CqlGrammar.RULE_selectorOperand,
          CqlGrammar.RULE_selectorPrimary,
          CqlGrammar.RULE_simpleCastTerm ->
          node.getChildCount() - 1;
      case CqlGrammar.RULE_simpleTerm,
          CqlGrammar.RULE_simpleSelector,
          CqlGrammar.RULE_type,
          CqlGrammar.RULE_relation ->
          1;
      default -> 0;
    };
  }

  static Position position(Node node) {
    return position(node.start);
  }

  static Position position(Token token) {
    return new Position(token.getLine(), token.getCharPositionInLine());
  }

  static String lower(Token token) {
    return token.getText().toLowerCase(Locale.ROOT);
  }

  private static Object name(Node node, int rule) {
    Token token = node.start;
    String name =
        switch (token.getType()) {
          case CqlGrammar.QUOTED_NAME, CqlGrammar.EMPTY_QUOTED_NAME -> Texts.of(token);
          default -> lower(token);
        };
    if (rule == CqlGrammar.RULE_typeSimpleName
        && token.getType() == CqlGrammar.IDENT
        && RESERVED_TYPE_NAMES.contains(token.getText())) {
      throw CqlException.syntax("Invalid (reserved) user type name " + token.getText());
    }
    return new Identifier(name, position(token));
  }

  private static String keyspaceName(Node node) {
    return required(node.built(0), "keyspace").name();
  }

  private static Identifier required(Object name, String what) {
    if (name == null) {
      throw CqlException.syntax("Bind variables cannot be used for " + what + " names");
    }
    return (Identifier) name;
  }

  private static Identifier simpleName(Node node, String what) {
    return required(node.built(0), what);
  }

  private static QualifiedName qualifiedName(Node node, String what) {
    List<Node> names = node.nodes();
    if (names.size() == 1) {
      Identifier name = required(names.get(0).built, what);
      return new QualifiedName(null, name.name(), name.position());
    }
    Identifier keyspace = required(names.get(0).built, "keyspace");
    Identifier name = required(names.get(1).built, what);
    return new QualifiedName(keyspace.name(), name.name(), keyspace.position());
  }

  private static QualifiedName typeName(Node node) {
    return qualifiedName(node, "type");
  }

  private static FunctionName functionName(Node node) {
    List<Node> names = node.nodes();
    Identifier name = (Identifier) names.getLast().built;
    String keyspace = names.size() == 1 ? null : required(names.get(0).built, "keyspace").name();
    return new FunctionName(keyspace, name.name());
  }

  private static String roleName(Token token) {
    return switch (token.getType()) {
      case CqlGrammar.STRING_LITERAL, CqlGrammar.QUOTED_NAME -> Texts.of(token);
      case CqlGrammar.QMARK ->
          throw CqlException.syntax("Bind variables cannot be used for role names");
      default -> lower(token);
    };
  }

  private static String userName(Node node) {
    if (node.start.getType() != CqlGrammar.QUOTED_NAME) {
      return Texts.of(node.start);
    }
    int statement = node.getParent().getRuleIndex();
    throw CqlException.syntax(
        statement == CqlGrammar.RULE_addIdentityStatement
                || statement == CqlGrammar.RULE_dropIdentityStatement
            ? "Quoted strings are are not supported for identity"
            : "Quoted strings are are not supported for user names and USER is deprecated,"
                + " please use ROLE");
  }
}

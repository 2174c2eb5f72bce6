package io.ilion.cql.grammar;

import static io.ilion.cql.grammar.AstBuilder.position;

import io.ilion.cql.ast.Assignment;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.ast.ColumnDeletion;
import io.ilion.cql.ast.Condition;
import io.ilion.cql.ast.Explain;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.ast.Operator;
import io.ilion.cql.ast.QualifiedName;
import io.ilion.cql.ast.Relation;
import io.ilion.cql.ast.Select;
import io.ilion.cql.ast.Term;
import io.ilion.cql.ast.Truncate;
import io.ilion.cql.ast.Use;
import io.ilion.cql.ast.Using;
import io.ilion.model.CqlException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Builds statements that read and write data. */
final class QueryBuilder {
  private QueryBuilder() {}

  /** Whether a rule is such a statement or a part of one. */
  static boolean handles(int rule) {
    return rule <= CqlGrammar.RULE_truncateStatement;
  }

  static Object build(Node node, int rule) {
    return switch (rule) {
      case CqlGrammar.RULE_query,
          CqlGrammar.RULE_standaloneTerm,
          CqlGrammar.RULE_standaloneSelector,
          CqlGrammar.RULE_standaloneType,
          CqlGrammar.RULE_statement,
          CqlGrammar.RULE_modification,
          CqlGrammar.RULE_perPartitionLimit ->
          node.built(0);
      case CqlGrammar.RULE_explainQuery ->
          new Explain(
              node.first(CqlGrammar.RULE_selectStatement),
              node.getChild(1) instanceof TerminalNode);
      case CqlGrammar.RULE_useStatement -> new Use(node.built(1));
      case CqlGrammar.RULE_truncateStatement -> new Truncate(node.first(CqlGrammar.RULE_tableName));
      case CqlGrammar.RULE_selectStatement -> select(node);
      case CqlGrammar.RULE_selectClause ->
          new SelectClause(
              node.hasToken(CqlGrammar.K_DISTINCT), node.first(CqlGrammar.RULE_selectors));
      case CqlGrammar.RULE_selectors -> node.all(CqlGrammar.RULE_selector);
      case CqlGrammar.RULE_selector ->
          new Select.Selector(node.built(0), node.first(CqlGrammar.RULE_ident));
      case CqlGrammar.RULE_ordering ->
          new Select.Ordering(
              node.built(0), node.first(CqlGrammar.RULE_term), node.hasToken(CqlGrammar.K_DESC));
      case CqlGrammar.RULE_whereClause -> node.all(CqlGrammar.RULE_relationOrExpression);
      case CqlGrammar.RULE_relationOrExpression -> relationOrExpression(node);
      case CqlGrammar.RULE_relation -> relation((CqlGrammar.RelationContext) node);
      case CqlGrammar.RULE_columnNames -> node.all(CqlGrammar.RULE_columnName);
      case CqlGrammar.RULE_containsOperator ->
          node.getChildCount() == 1 ? Operator.CONTAINS : Operator.CONTAINS_KEY;
      case CqlGrammar.RULE_comparison -> comparison(node.start);
      case CqlGrammar.RULE_inValues, CqlGrammar.RULE_tupleInValues -> inValues(node);
      case CqlGrammar.RULE_insertStatement -> insert(node);
      case CqlGrammar.RULE_jsonValue ->
          node.getChild(0) instanceof TerminalNode
              ? TermBuilder.constant(node.start)
              : node.built(0);
      case CqlGrammar.RULE_usingClause -> using(node.all(CqlGrammar.RULE_usingObjective));
      case CqlGrammar.RULE_usingObjective ->
          node.hasToken(CqlGrammar.K_TTL)
              ? new Using(null, node.built(1))
              : new Using(node.built(1), null);
      case CqlGrammar.RULE_usingClauseDelete -> new Using(node.built(2), null);
      case CqlGrammar.RULE_updateStatement -> update(node);
      case CqlGrammar.RULE_assignment -> assignment((CqlGrammar.AssignmentContext) node);
      case CqlGrammar.RULE_conditions -> node.all(CqlGrammar.RULE_condition);
      case CqlGrammar.RULE_condition -> condition(node);
      case CqlGrammar.RULE_conditionElement, CqlGrammar.RULE_conditionField -> node.built(1);
      case CqlGrammar.RULE_deleteStatement -> delete(node);
      case CqlGrammar.RULE_deletion -> deletion(node);
      case CqlGrammar.RULE_batchStatement -> batch(node);
      default -> null;
    };
  }

  private record SelectClause(boolean distinct, List<Select.Selector> selectors) {}

  private static Select select(Node node) {
    SelectClause clause = node.first(CqlGrammar.RULE_selectClause);
    return new Select(
        node.first(CqlGrammar.RULE_tableName),
        node.hasToken(CqlGrammar.K_JSON),
        clause.distinct(),
        clause.selectors(),
        orEmpty(node.first(CqlGrammar.RULE_whereClause)),
        node.all(CqlGrammar.RULE_unaliasedSelector),
        node.all(CqlGrammar.RULE_ordering),
        node.first(CqlGrammar.RULE_perPartitionLimit),
        node.first(CqlGrammar.RULE_intValue),
        node.hasToken(CqlGrammar.K_ALLOW));
  }

  private static <T> List<T> orEmpty(List<T> list) {
    return list == null ? List.of() : list;
  }

  private static Relation relationOrExpression(Node node) {
    if (node.getChildCount() == 1) {
      return node.built(0);
    }
    Identifier index = node.built(1);
    return new Relation.OnIndex(
        new QualifiedName(null, index.name(), index.position()), node.built(3), position(node));
  }

  private static Relation relation(CqlGrammar.RelationContext node) {
    return switch (node) {
      case CqlGrammar.LikeRelationContext n ->
          new Relation.OnColumn(n.built(0), Operator.LIKE, n.built(2));
      case CqlGrammar.IsNotNullRelationContext n -> new Relation.IsNotNull(n.built(0));
      case CqlGrammar.TokenRelationContext n ->
          new Relation.OnToken(n.built(1), n.built(2), n.built(3), position(n));
      case CqlGrammar.InRelationContext n ->
          new Relation.OnColumn(n.built(0), Operator.IN, n.built(2));
      case CqlGrammar.ElementRelationContext n ->
          new Relation.OnElement(n.built(0), n.built(2), n.built(4), n.built(5));
      case CqlGrammar.TupleInRelationContext n ->
          new Relation.OnTuple(n.built(0), Operator.IN, n.built(2), position(n));
      case CqlGrammar.TupleRelationContext n ->
          new Relation.OnTuple(n.built(0), n.built(1), n.built(2), position(n));
      case CqlGrammar.NestedRelationContext n -> n.built(1);
      default -> new Relation.OnColumn(node.built(0), node.built(1), node.built(2));
    };
  }

  private static Operator comparison(Token token) {
    return switch (token.getType()) {
      case CqlGrammar.EQUALS -> Operator.EQ;
      case CqlGrammar.LESS -> Operator.LT;
      case CqlGrammar.LESS_EQUALS -> Operator.LTE;
      case CqlGrammar.GREATER -> Operator.GT;
      case CqlGrammar.GREATER_EQUALS -> Operator.GTE;
      default -> Operator.NEQ;
    };
  }

  private static Term inValues(Node node) {
    if (node.getChildCount() == 1) {
      return node.built(0);
    }
    List<Term> values = node.nodes().stream().map(n -> (Term) n.built).toList();
    return new Term.InList(values, position(node));
  }

  private static Modification insert(Node node) {
    Using using = orNone(node.first(CqlGrammar.RULE_usingClause));
    boolean ifNotExists = node.has(CqlGrammar.RULE_ifNotExists);
    QualifiedName table = node.first(CqlGrammar.RULE_tableName);
    if (node.hasToken(CqlGrammar.K_JSON)) {
      return new Modification.InsertJson(
          table,
          node.first(CqlGrammar.RULE_jsonValue),
          node.hasToken(CqlGrammar.K_UNSET),
          ifNotExists,
          using);
    }
    return new Modification.Insert(
        table,
        node.all(CqlGrammar.RULE_columnName),
        node.all(CqlGrammar.RULE_term),
        ifNotExists,
        using);
  }

  private static Using orNone(Using using) {
    return using == null ? Using.NONE : using;
  }

  /** Where an objective is given twice, the last counts. */
  private static Using using(List<Using> objectives) {
    Term timestamp = null;
    Term timeToLive = null;
    for (Using objective : objectives) {
      timestamp = objective.timestamp() == null ? timestamp : objective.timestamp();
      timeToLive = objective.timeToLive() == null ? timeToLive : objective.timeToLive();
    }
    return new Using(timestamp, timeToLive);
  }

  private static Modification update(Node node) {
    List<Assignment> assignments = node.all(CqlGrammar.RULE_assignment);
    requireCompatible(assignments);
    return new Modification.Update(
        node.first(CqlGrammar.RULE_tableName),
        orNone(node.first(CqlGrammar.RULE_usingClause)),
        assignments,
        node.first(CqlGrammar.RULE_whereClause),
        orEmpty(node.first(CqlGrammar.RULE_conditions)),
        node.hasToken(CqlGrammar.K_EXISTS));
  }

  /** A column that is set as a whole can have no other assignment. */
  private static void requireCompatible(List<Assignment> assignments) {
    Map<Identifier, Boolean> whole = new HashMap<>();
    for (Assignment assignment : assignments) {
      boolean isWhole = assignment instanceof Assignment.SetValue;
      Boolean before = whole.put(assignment.column(), isWhole);
      if (before != null && (before || isWhole)) {
        throw CqlException.syntax(
            "%s", "Multiple incompatible setting of column " + assignment.column());
      }
    }
  }

  private static Assignment assignment(CqlGrammar.AssignmentContext node) {
    Identifier column = node.built(0);
    return switch (node) {
      case CqlGrammar.SetOrPrependAssignmentContext n -> {
        if (n.getChildCount() == 3) {
          yield new Assignment.SetValue(column, n.built(2));
        }
        requireSame(column, n.built(4), "X = <value> + X");
        yield new Assignment.Prepend(column, n.built(2));
      }
      case CqlGrammar.AddOrSubtractAssignmentContext n -> {
        boolean plus = n.hasToken(CqlGrammar.PLUS);
        requireSame(column, n.built(2), "X = X " + (plus ? "+" : "-") + "<value>");
        yield plus
            ? new Assignment.Add(column, n.built(4))
            : new Assignment.Subtract(column, n.built(4));
      }
      case CqlGrammar.IncrementAssignmentContext n -> {
        Token amount = n.token(CqlGrammar.INTEGER);
        requireSame(
            column,
            n.built(2),
            "X = X " + (amount.getText().startsWith("-") ? "-" : "+") + " <value>");
        yield new Assignment.Add(column, TermBuilder.constant(amount));
      }
      case CqlGrammar.ShorthandAssignmentContext n ->
          n.hasToken(CqlGrammar.PLUS_EQUALS)
              ? new Assignment.Add(column, n.built(2))
              : new Assignment.Subtract(column, n.built(2));
      case CqlGrammar.ElementAssignmentContext n ->
          new Assignment.SetElement(column, n.built(2), n.built(5));
      default -> new Assignment.SetField(column, node.built(2), node.built(4));
    };
  }

  private static void requireSame(Identifier column, Identifier other, String form) {
    if (!column.equals(other)) {
      throw CqlException.syntax("%s", "Only expressions of the form " + form + " are supported.");
    }
  }

  private static Condition condition(Node node) {
    Node element = node.firstNode(CqlGrammar.RULE_conditionElement);
    Node field = node.firstNode(CqlGrammar.RULE_conditionField);
    Operator operator = node.first(CqlGrammar.RULE_comparison);
    if (operator == null) {
      operator = node.first(CqlGrammar.RULE_containsOperator);
    }
    if (operator == null) {
      operator = Operator.IN;
    }
    Node last = node.nodes().getLast();
    return new Condition(
        node.built(0),
        element == null ? null : (Term) element.built,
        field == null ? null : (Identifier) field.built,
        operator,
        (Term) last.built);
  }

  private static Modification delete(Node node) {
    Using using = node.first(CqlGrammar.RULE_usingClauseDelete);
    return new Modification.Delete(
        node.first(CqlGrammar.RULE_tableName),
        node.all(CqlGrammar.RULE_deletion),
        orNone(using),
        node.first(CqlGrammar.RULE_whereClause),
        orEmpty(node.first(CqlGrammar.RULE_conditions)),
        node.hasToken(CqlGrammar.K_EXISTS));
  }

  private static ColumnDeletion deletion(Node node) {
    Identifier column = node.built(0);
    if (node.hasToken(CqlGrammar.DOT)) {
      return new ColumnDeletion.Field(column, node.built(2));
    }
    if (node.hasToken(CqlGrammar.LBRACKET)) {
      return new ColumnDeletion.Element(column, node.built(2));
    }
    return new ColumnDeletion.Whole(column);
  }

  private static Batch batch(Node node) {
    Batch.Kind kind =
        node.hasToken(CqlGrammar.K_UNLOGGED)
            ? Batch.Kind.UNLOGGED
            : node.hasToken(CqlGrammar.K_COUNTER) ? Batch.Kind.COUNTER : Batch.Kind.LOGGED;
    return new Batch(
        kind,
        orNone(node.first(CqlGrammar.RULE_usingClause)),
        node.all(CqlGrammar.RULE_modification));
  }
}

package io.ilion.cql.grammar;

import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;

/**
 * A node of the parse tree, which holds the part of the syntax tree that it became. Building the
 * syntax tree as each rule ends lets the parse tree below it go at once, so that a long statement
 * costs little memory.
 */
public class Node extends ParserRuleContext {
  /** What {@link AstBuilder} made of this node, or null. */
  Object built;

  /** The height of the syntax tree that is built here or below. */
  int height;

  /** Creates the root. */
  public Node() {}

  /** Creates a node that begins while its parent is in a state. */
  public Node(ParserRuleContext parent, int invokingState) {
    super(parent, invokingState);
  }

  /** The sub-rules, in the order of the text. */
  final List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    for (ParseTree child : children) {
      if (child instanceof Node node) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  /** What the child at an index was built into; null if it is a token. */
  @SuppressWarnings("unchecked")
  final <T> T built(int index) {
    return getChild(index) instanceof Node node ? (T) node.built : null;
  }

  /** What the first sub-rule of a kind was built into, or null if there is none. */
  @SuppressWarnings("unchecked")
  final <T> T first(int rule) {
    Node node = firstNode(rule);
    return node == null ? null : (T) node.built;
  }

  /** The first sub-rule of a kind, or null. */
  final Node firstNode(int rule) {
    if (children != null) {
      for (ParseTree child : children) {
        if (child instanceof Node node && node.getRuleIndex() == rule) {
          return node;
        }
      }
    }
    return null;
  }

  /** Whether there is a sub-rule of a kind. */
  final boolean has(int rule) {
    return firstNode(rule) != null;
  }

  /** What all sub-rules of a kind were built into, in the order of the text. */
  @SuppressWarnings("unchecked")
  final <T> List<T> all(int rule) {
    List<T> all = new ArrayList<>();
    if (children != null) {
      for (ParseTree child : children) {
        if (child instanceof Node node && node.getRuleIndex() == rule) {
          all.add((T) node.built);
        }
      }
    }
    return List.copyOf(all);
  }

  /** The first token of a type among the children, or null. */
  final Token token(int type) {
    if (children != null) {
      for (ParseTree child : children) {
        if (child instanceof TerminalNode terminal && terminal.getSymbol().getType() == type) {
          return terminal.getSymbol();
        }
      }
    }
    return null;
  }

  /** Whether a token of a type is among the children. */
  final boolean hasToken(int type) {
    return token(type) != null;
  }
}

package io.ilion.driver;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Answers when a server asks who we are, by SASL. One object serves all connections; a conversation
 * is a {@link Conversation} of its own. Both are called on event loops: they must not block.
 */
@FunctionalInterface
public interface Authenticator {

  /** Begins the conversation of one connection with the server's authenticator of this class. */
  Conversation begin(SocketAddress node, String serverAuthenticator);

  /** What is said on one connection. */
  interface Conversation {
    /** The first token; may be null. */
    byte[] initialResponse();

    /**
     * The answer to the server's next token.
     *
     * @throws IllegalStateException if none was expected: the connection then fails
     */
    default byte[] answer(byte[] challenge) {
      throw new IllegalStateException("The server asks for more than was agreed");
    }
  }

  /** The user's name and password in clear text (SASL PLAIN); use it with TLS. */
  static Authenticator plain(String user, String password) {
    byte[] token = ('\0' + user + '\0' + password).getBytes(StandardCharsets.UTF_8);
    return (node, serverAuthenticator) -> () -> token.clone();
  }
}

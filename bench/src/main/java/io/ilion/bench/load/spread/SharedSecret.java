package io.ilion.bench.load.spread;

import io.ilion.bench.load.BenchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a leader and its agents know, and nobody else: each shows the other that it does, by a code
 * (HMAC with SHA-256) of what both have just drawn, so that the secret itself is never sent. What
 * follows is neither encrypted nor signed.
 */
public final class SharedSecret {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int SHORTEST = 16;
  private static final int LONGEST = 4096;
  private static final int CHALLENGE_BYTES = 32;

  private final byte[] secret;
  private final SecureRandom random = new SecureRandom();

  /**
   * A secret.
   *
   * @throws BenchException if it is too short to be one
   */
  public SharedSecret(String secret) {
    this.secret = secret.strip().getBytes(StandardCharsets.UTF_8);
    if (this.secret.length < SHORTEST) {
      throw new BenchException(
          "a secret has at least %d characters, such as 'openssl rand -hex 32' prints"
              .formatted(SHORTEST));
    }
  }

  /**
   * The secret that is the text of a file.
   *
   * @throws BenchException if it cannot be read, or is none
   */
  public static SharedSecret read(Path file) {
    try {
      if (Files.size(file) > LONGEST) {
        throw new BenchException(file + " is too long to be a secret");
      }
      return new SharedSecret(Files.readString(file));
    } catch (IOException e) {
      throw new BenchException("the secret cannot be read from " + file, e);
    }
  }

  /** Something that nobody has seen before. */
  byte[] challenge() {
    byte[] challenge = new byte[CHALLENGE_BYTES];
    random.nextBytes(challenge);
    return challenge;
  }

  /** Shows that whoever has this role knows the secret. */
  byte[] proof(String role, byte[] ofAgent, byte[] ofLeader) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
      mac.update(role.getBytes(StandardCharsets.UTF_8));
      mac.update(ofAgent);
      mac.update(ofLeader);
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether a proof is that of this role; takes as long whatever it is. */
  boolean isProof(byte[] proof, String role, byte[] ofAgent, byte[] ofLeader) {
    return proof != null
        && ofAgent != null
        && ofLeader != null
        && ofAgent.length == CHALLENGE_BYTES
        && ofLeader.length == CHALLENGE_BYTES
        && MessageDigest.isEqual(proof, proof(role, ofAgent, ofLeader));
  }
}

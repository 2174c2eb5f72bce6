package io.ilion.driver.internal;

import io.ilion.driver.Authenticator;
import io.ilion.driver.TlsOptions;
import io.ilion.protocol.Compression;
import java.time.Duration;
import java.util.Map;

/**
 * How connections are made and what they may hold.
 *
 * @param connectTimeout how long opening a connection may take, and each step of its beginning
 * @param heartbeatInterval after how much silence a sign of life is asked for; zero: never
 * @param heartbeatTimeout how long it may take
 * @param maxInFlight how many requests may be without an answer on one connection
 * @param maxWaiting how many may wait behind them
 * @param maxOrphans how many answers that nobody waits for may be missing
 * @param maxFrameBytes the greatest answer
 * @param compression what is asked for
 * @param authenticator who answers when a server asks who we are, or null
 * @param tls how to encrypt, or null
 * @param startupOptions what is said of the driver and the application
 */
public record ConnectionSettings(
    Duration connectTimeout,
    Duration heartbeatInterval,
    Duration heartbeatTimeout,
    int maxInFlight,
    int maxWaiting,
    int maxOrphans,
    int maxFrameBytes,
    Compression compression,
    Authenticator authenticator,
    TlsOptions tls,
    Map<String, String> startupOptions) {}

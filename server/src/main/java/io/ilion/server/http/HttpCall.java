package io.ilion.server.http;

import java.util.Map;

/**
 * A request that has arrived as a whole.
 *
 * @param path decoded, without the query
 * @param query the parameters behind the path, decoded; of one that is given twice the last counts
 * @param headers by lower-case names; of one that is given twice the first counts
 */
public record HttpCall(
    String method,
    String path,
    Map<String, String> query,
    Map<String, String> headers,
    byte[] body) {}

package io.ilion.metrics;

import io.ilion.driver.metadata.Node;

/**
 * What a session had to do with a node.
 *
 * @param node the node, which tells its connections and requests of this moment
 * @param answers what was sent to it, until the answer came or was waited for no longer
 * @param retries how many requests were tried again after it had failed them
 * @param speculations how many requests were sent to it because another had not answered yet
 * @param repreparations how many statements it had forgotten
 * @param connectionsOpened how many connections were opened
 * @param connectionsClosed how many of them have ended
 */
public record NodeFigures(
    Node node,
    Timing answers,
    long retries,
    long speculations,
    long repreparations,
    long connectionsOpened,
    long connectionsClosed) {}

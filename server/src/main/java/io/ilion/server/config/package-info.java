/**
 * The configuration of a node. {@link io.ilion.server.config.Settings} describes every setting
 * once; {@link io.ilion.server.config.ConfigLoader} reads them from the file, the environment and
 * the flags, the later overriding the earlier; {@link io.ilion.server.config.Config} holds the
 * values, immutable. Nothing here touches a file or the environment: both arrive as arguments.
 */
package io.ilion.server.config;

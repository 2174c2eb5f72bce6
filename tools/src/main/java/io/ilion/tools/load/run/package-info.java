/** How records become requests: batches, how many are on their way, what is done already. */
package io.ilion.tools.load.run;

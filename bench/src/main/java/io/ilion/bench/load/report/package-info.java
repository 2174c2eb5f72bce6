/** What a run found, as JSON, histogram logs and one page of HTML, and how two runs differ. */
package io.ilion.bench.load.report;

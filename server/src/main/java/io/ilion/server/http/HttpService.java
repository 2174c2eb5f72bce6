package io.ilion.server.http;

import java.util.concurrent.CompletionStage;

/** Answers calls. */
@FunctionalInterface
public interface HttpService {
  /**
   * Answers a call, on any thread; never blocks the caller. What nobody foresaw may be thrown, or
   * end the stage.
   */
  CompletionStage<HttpAnswer> answer(HttpCall call);
}

package io.ilion.driver.policy;

/**
 * Decides when a request may begin. {@link #register} is called for each, by the thread of the
 * caller, and {@link #done} when it has its result.
 */
public interface ThrottlingPolicy {
  /** A request that wants to begin. */
  interface Throttled {
    /** It may. Call this or {@link #refuse}, once, on any thread. */
    void proceed();

    /** It may not, and fails with this reason. */
    void refuse(String reason);

    /** Whether nobody waits for it any more; it may be forgotten then. */
    boolean isAbandoned();
  }

  /** A request wants to begin. */
  void register(Throttled request);

  /** A request that was allowed to begin has its result. */
  void done();

  /** No limit but what the connections can hold. */
  static ThrottlingPolicy none() {
    return new ThrottlingPolicy() {
      @Override
      public void register(Throttled request) {
        request.proceed();
      }

      @Override
      public void done() {
        // Nothing was counted.
      }
    };
  }

  /** So many at once; so many more wait; those beyond are refused. */
  static ThrottlingPolicy concurrent(int running, int waiting) {
    return new ConcurrencyThrottle(running, waiting);
  }

  /** So many a second; so many more wait; those beyond are refused. */
  static ThrottlingPolicy rate(int perSecond, int waiting) {
    return new RateThrottle(perSecond, waiting);
  }
}

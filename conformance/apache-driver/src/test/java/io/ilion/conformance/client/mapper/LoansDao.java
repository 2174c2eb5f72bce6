package io.ilion.conformance.client.mapper;

import com.datastax.oss.driver.api.mapper.annotations.Dao;
import com.datastax.oss.driver.api.mapper.annotations.Increment;
import com.datastax.oss.driver.api.mapper.annotations.Select;

/** Counts loans. */
@Dao
public interface LoansDao {
  /** Adds to both counters. */
  @Increment(entityClass = Loans.class)
  void add(String author, long times, long days);

  /** What was counted, or null. */
  @Select
  Loans find(String author);
}

package io.ilion.conformance.client.mapper;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.mapper.annotations.DaoFactory;
import com.datastax.oss.driver.api.mapper.annotations.DaoKeyspace;
import com.datastax.oss.driver.api.mapper.annotations.Mapper;

/** The object mapper of the library. */
@Mapper
public interface LibraryMapper {
  /** The books of the library in this keyspace. */
  @DaoFactory
  BookDao books(@DaoKeyspace CqlIdentifier keyspace);

  /** How often they were lent. */
  @DaoFactory
  LoansDao loans(@DaoKeyspace CqlIdentifier keyspace);
}

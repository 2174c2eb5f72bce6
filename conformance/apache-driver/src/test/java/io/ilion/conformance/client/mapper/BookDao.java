package io.ilion.conformance.client.mapper;

import com.datastax.oss.driver.api.core.MappedAsyncPagingIterable;
import com.datastax.oss.driver.api.core.PagingIterable;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.mapper.annotations.Dao;
import com.datastax.oss.driver.api.mapper.annotations.Delete;
import com.datastax.oss.driver.api.mapper.annotations.Insert;
import com.datastax.oss.driver.api.mapper.annotations.Query;
import com.datastax.oss.driver.api.mapper.annotations.Select;
import com.datastax.oss.driver.api.mapper.annotations.Update;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** Reads and writes books. */
@Dao
public interface BookDao {
  /** Writes a book. */
  @Insert
  void save(Book book);

  /** Writes a book unless it is there; true if it was not. */
  @Insert(ifNotExists = true)
  boolean saveNew(Book book);

  /** Writes the changed columns of a book. */
  @Update
  CompletionStage<Void> update(Book book);

  /** One book or null. */
  @Select
  Book find(String author, String title);

  /** The books of an author. */
  @Select
  PagingIterable<Book> findByAuthor(String author);

  /** The books of an author, in pages as the statement says. */
  @Select
  CompletionStage<MappedAsyncPagingIterable<Book>> pagesOf(
      String author, UnaryOperator<BoundStatementBuilder> settings);

  /** How many books an author has. */
  @Query("SELECT count(*) FROM ${keyspaceId}.book WHERE author = :author")
  long count(String author);

  /** Removes a book; true if it was there. */
  @Delete(ifExists = true)
  boolean delete(Book book);
}

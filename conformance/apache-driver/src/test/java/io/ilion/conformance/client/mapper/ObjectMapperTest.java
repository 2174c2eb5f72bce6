package io.ilion.conformance.client.mapper;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import io.ilion.conformance.client.DriverSession;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ObjectMapperTest {
  @Test
  void entitiesThereAndBack() {
    try (CqlSession session = DriverSession.openIn("library")) {
      session.execute("CREATE TYPE publisher (name text, city text)");
      session.execute(
          "CREATE TABLE book (author text, title text, published date, subjects set<text>,"
              + " publisher frozen<publisher>, PRIMARY KEY (author, title))");
      BookDao books =
          new LibraryMapperBuilder(session).build().books(CqlIdentifier.fromCql("library"));
      Book iliad =
          new Book(
              "Homer",
              "Iliad",
              LocalDate.of(-750, 1, 1),
              Set.of("war", "wrath"),
              new Publisher("Bodmer", "Geneva"));
      Book odyssey = new Book("Homer", "Odyssey", LocalDate.of(-720, 6, 1), Set.of("sea"), null);
      books.save(odyssey);
      assertThat(books.saveNew(iliad)).isTrue();
      assertThat(books.saveNew(iliad)).isFalse();
      assertThat(books.find("Homer", "Iliad")).isEqualTo(iliad);
      assertThat(books.find("Homer", "Aeneid")).isNull();
      assertThat(books.findByAuthor("Homer").all()).containsExactly(iliad, odyssey);
      assertThat(books.count("Homer")).isEqualTo(2);
      Book changed = new Book("Homer", "Odyssey", null, Set.of("sea", "home"), iliad.publisher());
      books.update(changed).toCompletableFuture().join();
      // The mapper's update leaves a null property unset, unless told otherwise.
      assertThat(books.find("Homer", "Odyssey").subjects())
          .containsExactlyInAnyOrder("sea", "home");
      assertThat(books.delete(iliad)).isTrue();
      assertThat(books.delete(iliad)).isFalse();
      session.execute("DROP KEYSPACE library");
    }
  }

  @Test
  void entitiesInPages() {
    try (CqlSession session = DriverSession.openIn("library_pages")) {
      session.execute("CREATE TYPE publisher (name text, city text)");
      session.execute(
          "CREATE TABLE book (author text, title text, published date, subjects set<text>,"
              + " publisher frozen<publisher>, PRIMARY KEY (author, title))");
      BookDao books =
          new LibraryMapperBuilder(session).build().books(CqlIdentifier.fromCql("library_pages"));
      List<Book> written = new ArrayList<>();
      for (char number = 'a'; number < 'a' + 7; number++) {
        written.add(new Book("Homer", "Hymn " + number, null, Set.of("" + number), null));
        books.save(written.getLast());
      }
      List<Book> read = new ArrayList<>();
      List<Integer> sizes = new ArrayList<>();
      var page = books.pagesOf("Homer", s -> s.setPageSize(3)).toCompletableFuture().join();
      while (page != null) {
        sizes.add(page.remaining());
        page.currentPage().forEach(read::add);
        page = page.hasMorePages() ? page.fetchNextPage().toCompletableFuture().join() : null;
      }
      assertThat(read).isEqualTo(written);
      assertThat(sizes).containsExactly(3, 3, 1);
      session.execute("DROP KEYSPACE library_pages");
    }
  }

  @Test
  void counters() {
    try (CqlSession session = DriverSession.openIn("library_loans")) {
      session.execute("CREATE TABLE loans (author text PRIMARY KEY, times counter, days counter)");
      LoansDao loans =
          new LibraryMapperBuilder(session).build().loans(CqlIdentifier.fromCql("library_loans"));
      assertThat(loans.find("Homer")).isNull();
      loans.add("Homer", 1, 14);
      loans.add("Homer", 2, -3);
      assertThat(loans.find("Homer")).isEqualTo(new Loans("Homer", 3, 11));
      session.execute("DROP KEYSPACE library_loans");
    }
  }
}

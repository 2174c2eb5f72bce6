package io.ilion.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.runtime.system.SystemClock;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.config.Config;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.server.netty.ClientTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateWatchTest {
  @TempDir private Path folder;

  @Test
  void newFilesAreTakenAfterAMinuteAtMostUntilItEnds() throws Exception {
    TestAuthority authority = new TestAuthority(folder, "house");
    Path file = authority.issue("first");
    TlsFiles files =
        ClientTls.of(
                Config.defaults(2)
                    .with(Settings.CLIENT_ENCRYPTION, Encryption.ALL)
                    .with(Settings.CLIENT_ENCRYPTION_CERTIFICATE, file.toString())
                    .with(Settings.CLIENT_ENCRYPTION_PRIVATE_KEY, file.toString()),
                SystemFiles.ofWorkingDirectory(),
                new SystemClock())
            .files();
    SimulatedWorld world = new SimulatedWorld(1);
    Scheduler scheduler = world.addNode().start(2).scheduler();
    try (CertificateWatch watch = CertificateWatch.begin(List.of(files), scheduler)) {
      world.run(TimeUnit.MINUTES.toNanos(5));
      assertThat(files.subject()).isEqualTo("CN=first");
      Files.writeString(file, Files.readString(authority.issue("second")));
      world.run(TimeUnit.SECONDS.toNanos(61));
      assertThat(files.subject()).isEqualTo("CN=second");
    }
    Files.writeString(file, Files.readString(authority.issue("third")));
    world.run(TimeUnit.MINUTES.toNanos(5));
    assertThat(files.subject()).isEqualTo("CN=second");
  }
}

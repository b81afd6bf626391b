package io.github.embeddedmemcached.attack;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A process with so few file descriptors that connections use up all of them before the first reply. */
@Timeout(60)
@EnabledOnOs(value = OS.LINUX, disabledReason = "a shell limits the descriptors")
class FewDescriptorsTest extends AttackTestBase {
    @Test
    void shouldServeClientsAfterDescriptorsRanOutBeforeTheFirstReply() throws Exception {
        try (ChildJvm server = ChildJvm.startWithDescriptors(80, List.of("-Xmx64m"), AttackedServer.class, "1024")) {
            int port = port(server);
            try (SocketClient first = Prober.connect(port)) {
                try (Attackers others = new Attackers(port)) {
                    others.connect(120, "get none\r\n");
                    others.send();
                    first.send("get none\r\n").expect("END\r\n");
                }
                eventually("a new client is served", () -> isServed(port));
                first.send("set k 0 0 1\r\nx\r\nget k\r\n").expect("STORED\r\nVALUE k 0 1\r\nx\r\nEND\r\n");
            }
            expectIdle(server);
        }
    }

    private static boolean isServed(int port) {
        try (SocketClient client = Prober.connect(port)) {
            client.send("get none\r\nquit\r\n");
            return client.readUntilClosed().equals("END\r\n");
        } catch (IOException e) {
            return false;
        }
    }
}

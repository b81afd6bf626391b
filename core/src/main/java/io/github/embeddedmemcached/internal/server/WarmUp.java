package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Loads and initializes the classes that the first connections need. Some classes of the JDK open files or sockets on first use: if the
 * process has no descriptors left at that moment, they can never be used again, and no connection can be closed. If the library's own
 * classes are files in a folder, opening them needs descriptors too: a separate server then executes a short conversation with a client. The
 * file of a jar is already open. Rejected alternative: a list of classes to load would have to be kept complete.
 */
final class WarmUp implements Runnable {
    private static final int TIMEOUT_MILLIS = 2_000;

    private static final byte[] CONVERSATION =
            ("set k 0 0 1\r\nx\r\nget k none\r\ndelete k\r\nunknown\r\nquit\r\n").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATAGRAM = "\0\1\0\0\0\1\0\0version\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1 << 30));

    private static final AtomicBoolean SESSIONS_BEGUN = new AtomicBoolean();
    private static final AtomicBoolean SOCKETS_DONE = new AtomicBoolean();
    private static final AtomicBoolean CONNECTIONS_DONE = new AtomicBoolean();
    private static final AtomicBoolean DATAGRAMS_DONE = new AtomicBoolean();
    private static final AtomicBoolean TLS_DONE = new AtomicBoolean();

    private WarmUp() {}

    /**
     * Starts a thread that executes the conversation without sockets, in the first call only. It loads the classes of the sessions while
     * the caller creates the cache and the sockets, so that on two processors neither the start nor the first request waits for them.
     */
    static void begin() {
        if (SESSIONS_BEGUN.compareAndSet(false, true)) {
            Thread thread = new Thread(null, new WarmUp(), "embedded-memcached-warm-up", 0, false);
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Uses an account of its own, so that the limits of the caller's cache do not depend on this one. */
    @Override
    public void run() {
        try {
            EngineSettings settings = EngineSettings.defaults()
                    .memoryLimitBytes(EngineSettings.MEMORY_LIMIT_MIN)
                    .maxItemSizeBytes(ItemSize.LIMIT_MIN)
                    .heapAccount(new HeapAccount(
                            HeapAccount.heapLimitBytes(Runtime.getRuntime().maxMemory())));
            converse(new CacheEngine(settings));
        } catch (RuntimeException | OutOfMemoryError e) {
            // the classes are loaded on first use then
        }
    }

    private static void converse(CacheEngine cache) {
        try (ServerContext context = new ServerContext(cache, ServerSettings.defaults(), CLOCK);
                ClientSession session = new ClientSession(context)) {
            session.process(ByteBuffer.wrap(CONVERSATION), new ReplyBuffer());
        } finally {
            cache.clear();
        }
    }

    /** Runs the parts that have not been run yet. A failure is ignored: it matters only if descriptors run out. */
    static void run(boolean datagrams, @Nullable TlsSettings tls) {
        sockets();
        if (isInFolder()) {
            connections();
            if (datagrams) {
                datagrams();
            }
        }
        if (tls != null) {
            tls(tls);
        }
    }

    /** Closes a socket: when the first one is closed, the JDK opens a pair of sockets that it uses to close others. */
    private static void sockets() {
        if (SOCKETS_DONE.compareAndSet(false, true)) {
            try {
                SocketChannel.open().close();
            } catch (IOException e) {
                SOCKETS_DONE.set(false); // the next server retries
            }
        }
    }

    private static boolean isInFolder() {
        CodeSource source = WarmUp.class.getProtectionDomain().getCodeSource();
        return source != null
                && source.getLocation() != null
                && source.getLocation().getPath().endsWith("/")
                && source.getLocation().getProtocol().equals("file");
    }

    private static void connections() {
        if (CONNECTIONS_DONE.compareAndSet(false, true)) {
            ServerContext context = newContext();
            try (SocketServer server = start(context, false);
                    Socket client = new Socket()) {
                client.setSoTimeout(TIMEOUT_MILLIS);
                client.connect(server.endpoints().tcp().get(0).address(), TIMEOUT_MILLIS);
                client.getOutputStream().write(CONVERSATION);
                InputStream replies = client.getInputStream();
                while (replies.read() >= 0) {
                    continue; // until the server closes
                }
            } catch (IOException e) {
                CONNECTIONS_DONE.set(false);
            } finally {
                context.cache().clear();
            }
        }
    }

    private static void datagrams() {
        if (DATAGRAMS_DONE.compareAndSet(false, true)) {
            ServerContext context = newContext();
            try (SocketServer server = start(context, true);
                    DatagramSocket client = new DatagramSocket()) {
                client.setSoTimeout(TIMEOUT_MILLIS);
                client.send(new DatagramPacket(
                        DATAGRAM, DATAGRAM.length, server.endpoints().udp().get(0)));
                client.receive(new DatagramPacket(new byte[DATAGRAM.length], DATAGRAM.length));
            } catch (IOException e) {
                DATAGRAMS_DONE.set(false);
            } finally {
                context.cache().clear();
            }
        }
    }

    private static ServerContext newContext() {
        return ServerContext.withSmallestCache(ServerSettings.defaults().with(ServerOption.THREADS, 1), CLOCK);
    }

    private static SocketServer start(ServerContext context, boolean datagrams) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        SocketServer server = SocketServer.bind(
                datagrams
                        ? new Endpoints(List.of(), List.of(address), null, 1)
                        : new Endpoints(List.of(new Endpoints.Tcp(address, true)), List.of(), null, 1));
        server.startLoops(context, 0, null);
        return server;
    }

    /** Begins a handshake between two engines, which initializes the random numbers and the providers of the algorithms. */
    private static void tls(TlsSettings settings) {
        if (TLS_DONE.compareAndSet(false, true)) {
            try {
                SSLEngine client = settings.newEngine();
                SSLEngine server = settings.newEngine();
                client.setUseClientMode(true);
                ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
                client.wrap(ByteBuffer.allocate(0), hello);
                server.unwrap(
                        hello.flip(), ByteBuffer.allocate(server.getSession().getApplicationBufferSize()));
                for (Runnable task = server.getDelegatedTask(); task != null; task = server.getDelegatedTask()) {
                    task.run();
                }
                server.wrap(ByteBuffer.allocate(0), hello.clear());
            } catch (SSLException | RuntimeException e) {
                // the settings may require more of clients
            }
        }
    }
}

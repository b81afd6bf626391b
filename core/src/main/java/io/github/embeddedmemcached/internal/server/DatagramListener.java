package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.protocol.CodecPool;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Executes requests that arrive as datagrams. Each datagram has a session of its own; incomplete or malformed requests are dropped
 * without a reply.
 *
 * <pre>
 *  0            2                 4                     6          8
 *  +------------+-----------------+---------------------+----------+------------------------+
 *  | request id | sequence number | number of datagrams |        0 | requests, or a reply   |
 *  +------------+-----------------+---------------------+----------+------------------------+
 * </pre>
 *
 * <p>All numbers are big-endian. A request is one datagram. Each reply, and each value of a get, is numbered separately and split
 * into datagrams of {@value #DATAGRAM_LENGTH_MAX} bytes, as in memcached; the request id identifies the datagrams that belong
 * together. One request is executed at a time: while the system accepts no more replies, no further request is read. A response fault
 * drops the reply and all replies after it; a throttled reply is sent normally.
 */
final class DatagramListener implements Selectable {
    private static final int HEADER_LENGTH = 8;
    private static final int DATAGRAM_LENGTH_MAX = 1400;
    private static final int PAYLOAD_LENGTH_MAX = DATAGRAM_LENGTH_MAX - HEADER_LENGTH;

    /** The header's number of datagrams has 16 bits; a longer reply is dropped. */
    private static final int DATAGRAMS_PER_REPLY_MAX = 0xFFFF;

    private static final int REQUEST_LENGTH_MAX = 64 * 1024;

    /** The maximum number of requests that are executed before the loop's connections have their turn. */
    private static final int REQUESTS_PER_TURN_MAX = 64;

    private final SocketServer server;
    private final ServerContext context;
    private final CodecPool codecs;
    private final DatagramChannel channel;
    private @Nullable SelectionKey key;
    private @Nullable EventLoop loop;
    private int operations = SelectionKey.OP_READ;
    private int number; // in the connection list

    private final ByteBuffer request = ByteBuffer.allocate(REQUEST_LENGTH_MAX);
    private final ByteBuffer datagram = ByteBuffer.allocate(DATAGRAM_LENGTH_MAX);

    /** Becomes full with one reply, so that the session stops and each reply is numbered separately. */
    private final ReplyBuffer reply = new ReplyBuffer(1);

    // of the request that is being executed
    private @Nullable ClientSession session; // null: there is none
    private SessionProgress progress = SessionProgress.NEEDS_INPUT;
    private SocketAddress client = new InetSocketAddress(0);
    private short requestId;
    private int sequenceNumber;
    private int datagrams;

    DatagramListener(SocketServer server, ServerContext context, DatagramChannel channel) {
        this.server = server;
        this.context = context;
        this.channel = channel;
        codecs = new CodecPool(context);
    }

    void register(EventLoop loop) throws IOException {
        channel.configureBlocking(false);
        this.loop = loop;
        key = loop.register(channel, SelectionKey.OP_READ, this);
        number = context.connections().listen(channel.getLocalAddress(), true);
    }

    @Override
    public void onReady() {
        for (int requests = 0; requests < REQUESTS_PER_TURN_MAX; requests++) {
            try {
                if (session == null && !receive()) {
                    return;
                }
                if (session != null && !execute(session)) {
                    watch(SelectionKey.OP_WRITE);
                    return;
                }
            } catch (IOException e) {
                if (session == null) { // the socket itself failed, and may fail again
                    Objects.requireNonNull(loop).failed();
                    return;
                }
                // the client cannot be reached: only its request ends
            } catch (Throwable e) {
                endRequest();
                throw e; // the loop pauses
            }
            endRequest();
        }
    }

    private void watch(int wanted) {
        if (wanted != operations && key != null && loop != null) {
            operations = wanted;
            loop.interest(key, wanted);
        }
    }

    @Override
    public int operations() {
        return operations;
    }

    @Override
    public void selectedBy(SelectionKey newKey) {
        key = newKey;
    }

    /** Receives a datagram and begins a session if it is a request. Returns false if there is no datagram. */
    private boolean receive() throws IOException {
        server.reach(FailurePoint.RECEIVE);
        SocketAddress sender = channel.receive(request.clear());
        if (sender == null) {
            return false;
        }
        client = sender;
        context.counters().bytesRead(request.position());
        request.flip();
        if (request.remaining() > HEADER_LENGTH) {
            requestId = request.getShort();
            request.getShort(); // the sequence number, which memcached ignores too
            int requestDatagrams = request.getShort();
            request.getShort();
            if (requestDatagrams == 1) {
                session = new ClientSession(context, codecs);
                progress = SessionProgress.TURN_OVER;
            }
        }
        return true;
    }

    /** Executes the request and sends its replies. Returns false if the system accepts no more datagrams for now. */
    private boolean execute(ClientSession session) throws IOException {
        while (sendDatagrams()) {
            if (progress == SessionProgress.NEEDS_INPUT || progress == SessionProgress.CLOSE) {
                return true;
            }
            progress = session.process(request, reply);
            if (progress == SessionProgress.RESPONSE_FAULT && dropsReply(session.fault())) {
                reply.clear();
                return true;
            }
            datagrams = (reply.size() + PAYLOAD_LENGTH_MAX - 1) / PAYLOAD_LENGTH_MAX;
            sequenceNumber = 0;
            if (datagrams > DATAGRAMS_PER_REPLY_MAX) {
                reply.clear();
            }
        }
        return false;
    }

    /** Returns whether a fault drops the reply: without a connection, all faults except throttling become packet loss. */
    private static boolean dropsReply(@Nullable ResponseFault fault) {
        return fault != null && fault.kind() != ResponseFault.Kind.THROTTLE;
    }

    private boolean sendDatagrams() throws IOException {
        while (datagram.position() > 0 || !reply.isEmpty()) {
            if (datagram.position() == 0) {
                datagram.putShort(requestId);
                datagram.putShort((short) sequenceNumber++);
                datagram.putShort((short) datagrams);
                datagram.putShort((short) 0);
                reply.drainTo(datagram);
            }
            int sent = channel.send(datagram.flip(), client);
            if (sent == 0) {
                datagram.position(datagram.limit()).limit(datagram.capacity());
                return false;
            }
            context.counters().bytesWritten(sent);
            datagram.clear();
        }
        return true;
    }

    private void endRequest() {
        reply.clear();
        datagram.clear();
        watch(SelectionKey.OP_READ);
        endSession();
    }

    @Override
    public void close() {
        endSession();
        context.connections().close(number);
        try {
            channel.close();
        } catch (IOException e) {
            server.countFailure();
        }
    }

    private void endSession() {
        ClientSession ended = session;
        session = null;
        if (ended != null) {
            ended.close();
        }
    }
}

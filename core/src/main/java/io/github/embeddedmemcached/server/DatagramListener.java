package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.CodecPool;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import io.github.embeddedmemcached.protocol.ReplyBuffer;
import io.github.embeddedmemcached.protocol.ServerState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests that come as datagrams. Each stands for itself: a session begins and ends with it, and what is incomplete
 * in it, or malformed, is dropped without an answer.
 *
 * <pre>
 *  0            2                 4                     6          8
 *  +------------+-----------------+---------------------+----------+------------------------+
 *  | request id | sequence number | number of datagrams |        0 | requests, or an answer |
 *  +------------+-----------------+---------------------+----------+------------------------+
 * </pre>
 *
 * <p>All numbers are big-endian. A request is one datagram. Each answer, and each value of a get, is numbered on its own and cut
 * into datagrams of {@value #DATAGRAM_LENGTH_MAX} bytes, as memcached does; the request's id tells the client what belongs
 * together. One request is served at a time: while the system takes no more of its answers, no further one is read. An answer that
 * is to be disturbed is lost, with all that would follow it; where it is to be dripped, nobody would notice.
 */
final class DatagramListener implements Selectable {
    private static final int HEADER_LENGTH = 8;
    private static final int DATAGRAM_LENGTH_MAX = 1400;
    private static final int PAYLOAD_LENGTH_MAX = DATAGRAM_LENGTH_MAX - HEADER_LENGTH;

    /** What the header can count; a longer answer is dropped. */
    private static final int DATAGRAMS_PER_ANSWER_MAX = 0xFFFF;

    private static final int REQUEST_LENGTH_MAX = 64 * 1024;

    /** How many requests are answered before the loop's connections get a turn. */
    private static final int REQUESTS_PER_TURN_MAX = 64;

    private final SocketServer server;
    private final ServerState state;
    private final CodecPool codecs;
    private final DatagramChannel channel;
    private @Nullable SelectionKey key;
    private @Nullable EventLoop loop;
    private int operations = SelectionKey.OP_READ;
    private int number; // in the state's list

    private final ByteBuffer request = ByteBuffer.allocate(REQUEST_LENGTH_MAX);
    private final ByteBuffer datagram = ByteBuffer.allocate(DATAGRAM_LENGTH_MAX);

    /** Full after one answer: its session then stops, and that answer is numbered. */
    private final ReplyBuffer answer = new ReplyBuffer(1);

    // of the request that is being answered
    private @Nullable ProtocolSession session; // null: none is
    private Progress progress = Progress.NEEDS_INPUT;
    private SocketAddress client = new InetSocketAddress(0);
    private short requestId;
    private int sequenceNumber;
    private int datagrams;

    DatagramListener(SocketServer server, ServerState state, DatagramChannel channel) {
        this.server = server;
        this.state = state;
        this.channel = channel;
        codecs = new CodecPool(state);
    }

    void register(EventLoop loop) throws IOException {
        channel.configureBlocking(false);
        this.loop = loop;
        key = loop.register(channel, SelectionKey.OP_READ, this);
        number = state.listenerOpened(channel.getLocalAddress(), true);
    }

    @Override
    public void onReady() {
        for (int requests = 0; requests < REQUESTS_PER_TURN_MAX; requests++) {
            try {
                if (session == null && !receive()) {
                    return;
                }
                if (session != null && !answerAll(session)) {
                    watch(SelectionKey.OP_WRITE);
                    return;
                }
            } catch (IOException e) {
                if (session == null) { // the socket itself fails, which may last
                    Objects.requireNonNull(loop).failed();
                    return;
                }
                // the client cannot be reached: that ends its request and nothing else
            } catch (Throwable e) {
                endRequest();
                throw e; // the loop waits for a moment
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

    /** Receives a datagram and begins a session, if it is a request. False: there is none. */
    private boolean receive() throws IOException {
        server.reach(FailurePoint.RECEIVE);
        SocketAddress sender = channel.receive(request.clear());
        if (sender == null) {
            return false;
        }
        client = sender;
        state.bytesRead(request.position());
        request.flip();
        if (request.remaining() > HEADER_LENGTH) {
            requestId = request.getShort();
            request.getShort(); // which datagram of the request this is: memcached doesn't look either
            int requestDatagrams = request.getShort();
            request.getShort();
            if (requestDatagrams == 1) {
                session = new ProtocolSession(state, codecs);
                progress = Progress.TURN_OVER;
            }
        }
        return true;
    }

    /** Answers what the request asks for. False: the system takes no more for now. */
    private boolean answerAll(ProtocolSession session) throws IOException {
        while (sendAnswer()) {
            if (progress == Progress.NEEDS_INPUT || progress == Progress.CLOSE) {
                return true;
            }
            progress = session.process(request, answer);
            if (progress == Progress.DISTURBED && losesAnswer(session.disturbance())) {
                answer.clear();
                return true;
            }
            datagrams = (answer.size() + PAYLOAD_LENGTH_MAX - 1) / PAYLOAD_LENGTH_MAX;
            sequenceNumber = 0;
            if (datagrams > DATAGRAMS_PER_ANSWER_MAX) {
                answer.clear();
            }
        }
        return false;
    }

    /** There is no connection that could be slow or broken, but a network that loses something. */
    private static boolean losesAnswer(@Nullable Disturbance disturbance) {
        return disturbance != null && disturbance.kind() != Disturbance.Kind.DRIP;
    }

    private boolean sendAnswer() throws IOException {
        while (datagram.position() > 0 || !answer.isEmpty()) {
            if (datagram.position() == 0) {
                datagram.putShort(requestId);
                datagram.putShort((short) sequenceNumber++);
                datagram.putShort((short) datagrams);
                datagram.putShort((short) 0);
                answer.drainTo(datagram);
            }
            int sent = channel.send(datagram.flip(), client);
            if (sent == 0) {
                datagram.position(datagram.limit()).limit(datagram.capacity());
                return false;
            }
            state.bytesWritten(sent);
            datagram.clear();
        }
        return true;
    }

    private void endRequest() {
        answer.clear();
        datagram.clear();
        watch(SelectionKey.OP_READ);
        endSession();
    }

    @Override
    public void close() {
        endSession();
        state.listenerClosed(number);
        try {
            channel.close();
        } catch (IOException e) {
            server.countFailure();
        }
    }

    private void endSession() {
        ProtocolSession ended = session;
        session = null;
        if (ended != null) {
            ended.close();
        }
    }
}

package io.github.embeddedmemcached.example;

import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import io.github.embeddedmemcached.protocol.ProtocolSessions;
import io.github.embeddedmemcached.protocol.SessionHost;
import io.github.embeddedmemcached.protocol.SessionOutput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A Netty handler that serves memcached's protocols. Reading is suspended while the client does not read its replies, so that
 * the memory of unsent replies is bounded.
 */
final class NettyMemcachedHandler extends ByteToMessageDecoder {
    private final ProtocolSessions sessions;

    @SuppressWarnings("NullAway.Init") // initialized by channelActive
    private ProtocolSession session;

    private boolean hasMoreOutput;

    NettyMemcachedHandler(ProtocolSessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        session = sessions.open(new SessionHost() {
            @Override
            public SocketAddress remoteAddress() {
                return context.channel().remoteAddress();
            }

            @Override
            public SocketAddress localAddress() {
                return context.channel().localAddress();
            }

            @Override
            public void wakeUp() {
                context.executor().execute(() -> proceed(context, Unpooled.EMPTY_BUFFER));
            }
        });
        super.channelActive(context);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf input, List<Object> messages) {
        if (!hasMoreOutput) {
            proceed(context, input);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        boolean isWritable = context.channel().isWritable();
        context.channel().config().setAutoRead(isWritable);
        if (isWritable && hasMoreOutput) {
            proceed(context, internalBuffer());
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) {
        session.close();
    }

    private void proceed(ChannelHandlerContext context, ByteBuf input) {
        Progress progress;
        do {
            ByteBuffer bytes = input.nioBuffer();
            progress = session.process(bytes);
            input.skipBytes(bytes.position());
            SessionOutput output = session.output();
            if (!output.isEmpty()) {
                context.write(Unpooled.wrappedBuffer(output.takeBytes()));
            }
            hasMoreOutput = progress == Progress.MORE_OUTPUT;
        } while (hasMoreOutput && context.channel().isWritable());
        context.flush();
        if (progress == Progress.CLOSE) {
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}

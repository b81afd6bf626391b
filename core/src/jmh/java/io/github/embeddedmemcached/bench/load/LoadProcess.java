package io.github.embeddedmemcached.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The load generator in a separate process. Reads commands from its standard input, and prints one line for each:
 *
 * <pre>
 * run SPEC                a {@link LoadResult}
 * fill PORT KEYS BYTES TLS  ok
 * count PORT KEYS         the number of these keys that were found
 * hold PORT CONNECTIONS   the number of connections opened; each has sent one request and remains idle
 * release                 ok, after the idle connections were closed
 * </pre>
 */
public final class LoadProcess {
    private final List<SocketChannel> held = new ArrayList<>();

    private LoadProcess() {}

    /** Executes commands until the end of the standard input. */
    public static void main(String[] arguments) throws IOException {
        LoadProcess process = new LoadProcess();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String reply;
            try {
                reply = process.execute(line);
            } catch (IOException | UncheckedIOException e) {
                reply = "error " + e.getMessage();
            }
            System.out.println(reply);
            System.out.flush();
        }
    }

    private String execute(String line) throws IOException {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "run" -> {
                try (LoadGenerator generator = new LoadGenerator(LoadSpec.parse(line.substring(4)))) {
                    return generator.run().toLine();
                }
            }
            case "fill" -> {
                boolean isTls = Boolean.parseBoolean(words[4]);
                try (BlockingClient client = new BlockingClient(Integer.parseInt(words[1]), isTls)) {
                    client.fill(Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                }
                return "ok";
            }
            case "count" -> {
                try (BlockingClient client = new BlockingClient(Integer.parseInt(words[1]))) {
                    return Integer.toString(client.count(Integer.parseInt(words[2])));
                }
            }
            case "hold" -> {
                return Integer.toString(hold(Integer.parseInt(words[1]), Integer.parseInt(words[2])));
            }
            case "release" -> {
                for (SocketChannel channel : held) {
                    channel.close();
                }
                held.clear();
                return "ok";
            }
            default -> throw new IOException("no such command: " + line);
        }
    }

    private int hold(int port, int connections) throws IOException {
        ByteBuffer request = ByteBuffer.wrap(RequestWriter.ascii("get key0000000000\r\n"));
        ByteBuffer reply = ByteBuffer.allocate(1 << 10);
        for (int i = 0; i < connections; i++) {
            SocketChannel channel;
            try {
                channel = LoadConnection.connect(port);
            } catch (IOException e) {
                return i; // the limit of open files of this process
            }
            held.add(channel);
            channel.write(request.rewind());
            reply.clear();
            if (channel.read(reply) < 0) {
                throw new IOException("the server has closed a connection");
            }
        }
        return connections;
    }
}

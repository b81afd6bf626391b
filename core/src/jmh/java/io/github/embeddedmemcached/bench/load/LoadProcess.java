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
 * The load generator as a process of its own, told by lines on its standard input what to do. Each is answered by one line:
 *
 * <pre>
 * run SPEC                a {@link LoadResult}
 * fill PORT KEYS BYTES    ok
 * count PORT KEYS         how many of them are there
 * hold PORT CONNECTIONS   how many could be opened; each has asked once, and stays
 * release                 ok, the held ones are closed
 * </pre>
 */
public final class LoadProcess {
    private final List<SocketChannel> held = new ArrayList<>();

    private LoadProcess() {}

    /** Answers until the standard input ends. */
    public static void main(String[] arguments) throws IOException {
        LoadProcess process = new LoadProcess();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;
            try {
                answer = process.obey(line);
            } catch (IOException | UncheckedIOException e) {
                answer = "error " + e.getMessage();
            }
            System.out.println(answer);
            System.out.flush();
        }
    }

    private String obey(String line) throws IOException {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "run" -> {
                try (LoadGenerator generator = new LoadGenerator(LoadSpec.parse(line.substring(4)))) {
                    return generator.run().toLine();
                }
            }
            case "fill" -> {
                try (BlockingClient client = new BlockingClient(Integer.parseInt(words[1]))) {
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
        ByteBuffer answer = ByteBuffer.allocate(1 << 10);
        for (int i = 0; i < connections; i++) {
            SocketChannel channel;
            try {
                channel = LoadConnection.connect(port);
            } catch (IOException e) {
                return i; // as many files as this process may have
            }
            held.add(channel);
            channel.write(request.rewind());
            answer.clear();
            if (channel.read(answer) < 0) {
                throw new IOException("the server has closed a connection");
            }
        }
        return connections;
    }
}

package io.github.embeddedmemcached.internal.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blocks of a PEM file. Text between them is ignored.
 *
 * @param what the file's purpose and option, for messages
 * @param path the file
 * @param blocks in the order of the file
 */
record PemFile(String what, Path path, List<Block> blocks) {
    /**
     * A block.
     *
     * @param label the text after BEGIN
     * @param encrypted whether the content is encrypted according to its header, as in OpenSSL's traditional format
     * @param der the content; undefined if encrypted
     */
    record Block(String label, boolean encrypted, byte[] der) {}

    // -----BEGIN <label>-----\n[<header>: <value>\n]*[\n]<base64>\n-----END <label>-----
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final Pattern HEADER = Pattern.compile("(?m)^[A-Za-z-]+:[^\n]*$");

    /** A larger file is not a PEM file. The limit prevents a wrong path from filling the heap. */
    private static final long LENGTH_MAX = 16L << 20;

    static PemFile read(String what, Path path) throws CommandLineException {
        String text;
        try {
            if (Files.size(path) > LENGTH_MAX) {
                throw usage(what + " can't be used, it is too large for a PEM file: " + path);
            }
            text = Files.readString(path, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw usage(FileErrorMessages.reading(what, path, e));
        }
        List<Block> blocks = new ArrayList<>();
        Matcher found = BLOCK.matcher(text);
        while (found.find()) {
            blocks.add(block(what, path, found.group(1), found.group(2)));
        }
        if (blocks.isEmpty()) {
            throw usage(what
                    + " can't be used, it isn't in PEM format: it has no line \"-----BEGIN ...-----\" with a matching end: "
                    + path);
        }
        return new PemFile(what, path, List.copyOf(blocks));
    }

    private static Block block(String what, Path path, String label, String content) throws CommandLineException {
        if (content.contains("Proc-Type: 4,ENCRYPTED")) {
            return new Block(label, true, new byte[0]);
        }
        String base64 = HEADER.matcher(content).replaceAll("").replaceAll("\\s", "");
        try {
            return new Block(label, false, Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw usage(
                    what + " can't be used, it isn't in PEM format: the block " + label + " is not in base64: " + path);
        }
    }

    /** Returns the labels of all blocks, for messages. */
    String labels() {
        Set<String> labels = new LinkedHashSet<>();
        for (Block block : blocks) {
            labels.add(block.label());
        }
        return String.join(", ", labels);
    }

    /** Returns an exception whose message names the file. */
    CommandLineException invalid(String problem) {
        return usage(what + " " + problem + ": " + path);
    }

    private static CommandLineException usage(String message) {
        return new CommandLineException(CommandLineException.EXIT_USAGE, message);
    }
}

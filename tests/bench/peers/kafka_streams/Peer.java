import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams, exactly_once_v2.
 *
 * <p>Guarantee: exact after kill -9; state, its changelogs and offsets move in one Kafka transaction.
 * Its totals are read from the changelog, its own durable store: its guarantee ends at Kafka, and
 * to write them to MongoDB as well would cost it more. That spares it what the others pay mongod.
 *
 * <p>Variant {@code defaults}: the guarantee is said, all else is as it comes (a commit every 100
 * ms, RocksDB, 10 MB of cache in front of the totals, one thread, the JVM's own heap).
 *
 * <p>Variant {@code tuned}: a commit every 500 ms, which is nearest to the limit's 20,000 records at
 * its speed; both stores in memory (their changelogs keep them, as with RocksDB); a cache of 64
 * MB, so that a project's totals go to the changelog once per commit; two threads, one for each
 * core of the machine that was measured ({@code tuned, one thread}: one, as broker and mongod want
 * cores too; the faster of the two counts); up to 20,000 records a poll; larger fetches; lz4 and 1 MB
 * batches to the changelogs; the parallel collector with 1 GB.
 *
 * <p>Both: events are read with Jackson's streaming parser, state is packed longs, ids are 16-byte
 * hashes; session.timeout.ms only shortens the wait after a kill.
 */
public final class Peer {
    static final int MONTHS = 12;
    static final int TOTALS = 3;
    static final Map<String, String> SAID = System.getenv();
    static final boolean TUNED = SAID.get("PEER_VARIANT").startsWith("tuned");
    static final int THREADS = SAID.get("PEER_VARIANT").endsWith("one thread") ? 1 : 2;

    public static void main(String[] arguments) {
        KafkaStreams streams = new KafkaStreams(topology(), properties());
        streams.setUncaughtExceptionHandler(
                failure -> {
                    failure.printStackTrace();
                    // Not exit: its hook would wait for this very thread.
                    Runtime.getRuntime().halt(1);
                    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
                });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }

    static Properties properties() {
        Properties said = new Properties();
        said.put(StreamsConfig.APPLICATION_ID_CONFIG, SAID.get("PEER_GROUP"));
        said.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, SAID.get("PEER_KAFKA"));
        said.put(StreamsConfig.STATE_DIR_CONFIG, SAID.get("PEER_STATE"));
        said.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        said.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        said.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
        if (TUNED) {
            said.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
            said.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 * 1024 * 1024);
            said.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
            said.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, Integer.parseInt(SAID.get("PEER_RECORDS")));
            said.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16_000_000);
            said.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16_000_000);
            said.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
            said.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 1_000_000);
        }
        return said;
    }

    static Topology topology() {
        Topology made = new Topology();
        made.addSource(
                "in",
                Serdes.ByteArray().deserializer(),
                Serdes.ByteArray().deserializer(),
                SAID.get("PEER_TOPIC"));
        made.addProcessor("fold", Fold::new, "in");
        made.addStateStore(
                Stores.keyValueStoreBuilder(store("ids"), Serdes.Bytes(), Serdes.ByteArray()), "fold");
        made.addStateStore(
                Stores.keyValueStoreBuilder(store("projects"), Serdes.Bytes(), Serdes.ByteArray())
                        .withCachingEnabled(),
                "fold");
        return made;
    }

    static KeyValueBytesStoreSupplier store(String name) {
        return TUNED ? Stores.inMemoryKeyValueStore(name) : Stores.persistentKeyValueStore(name);
    }

    /** What of an event the fold looks at. */
    static final class Event {
        static final JsonFactory JSON = new JsonFactory();
        String id;
        String source;
        String type;
        String subject;
        String date;
        String amount = "0.00";
        String channel = "treasury_payment";
        boolean returned;

        static Event of(byte[] value) throws IOException {
            Event event = new Event();
            try (JsonParser parser = JSON.createParser(value)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw new IOException("no event");
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    switch (name) {
                        case "id" -> event.id = text(parser);
                        case "source" -> event.source = text(parser);
                        case "type" -> event.type = text(parser);
                        case "subject" -> event.subject = text(parser);
                        case "data" -> event.data(parser);
                        default -> parser.skipChildren();
                    }
                }
            }
            if (event.id == null
                    || event.source == null
                    || event.type == null
                    || event.subject == null
                    || event.date == null) {
                throw new IOException("an event lacks a field");
            }
            return event;
        }

        void data(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new IOException("no data");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                switch (name) {
                    case "date" -> date = text(parser);
                    case "amount" -> amount = text(parser);
                    case "channel" -> channel = text(parser);
                    case "returned" -> returned = parser.getBooleanValue();
                    default -> parser.skipChildren();
                }
            }
        }

        static String text(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw new IOException(parser.currentName() + " is no text");
            }
            return parser.getText();
        }

        long fen() {
            return Long.parseLong(amount.replace(".", ""));
        }
    }

    /** One task: its partition's ids and totals. */
    static final class Fold implements Processor<byte[], byte[], Void, Void> {
        private static final byte[] SEEN = {1};
        private static volatile boolean began;
        private final MessageDigest hash;
        private KeyValueStore<Bytes, byte[]> ids;
        private KeyValueStore<Bytes, byte[]> projects;

        Fold() {
            try {
                hash = MessageDigest.getInstance("MD5");
            } catch (NoSuchAlgorithmException failure) {
                throw new IllegalStateException(failure);
            }
        }

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            ids = context.getStateStore("ids");
            projects = context.getStateStore("projects");
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            try {
                if (!began) {
                    began = true;
                    Files.writeString(Path.of(SAID.get("PEER_MARK")), "");
                }
                fold(Event.of(record.value()));
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
        }

        private void fold(Event event) {
            byte[] name = (event.source + "\0" + event.id).getBytes(StandardCharsets.UTF_8);
            Bytes id = Bytes.wrap(hash.digest(name));
            if (ids.putIfAbsent(id, SEEN) != null) {
                return;
            }
            Bytes key = Bytes.wrap(event.subject.getBytes(StandardCharsets.UTF_8));
            byte[] known = projects.get(key);
            byte[] next = known == null ? new byte[8 * (TOTALS + 2 * MONTHS)] : known.clone();
            ByteBuffer figures = ByteBuffer.wrap(next);
            add(figures, 0, 1);
            int month = Integer.parseInt(event.date, 5, 7, 10) - 1;
            if (month < 0 || month >= MONTHS) {
                throw new IllegalStateException(event.date + " is no date");
            }
            boolean disbursed = event.type.equals("dualwatch.funds.disbursed.v1");
            boolean reversed = event.type.equals("dualwatch.expenditure.reversed.v1");
            if (disbursed || reversed || event.type.equals("dualwatch.expenditure.recorded.v1")) {
                long fen = reversed || event.returned ? -event.fen() : event.fen();
                if (!disbursed) {
                    add(figures, 1, fen);
                    add(figures, TOTALS + month, fen);
                }
                if (disbursed || event.channel.equals("treasury_payment")) {
                    add(figures, 2, fen);
                    add(figures, TOTALS + MONTHS + month, fen);
                }
            }
            projects.put(key, next);
        }

        private static void add(ByteBuffer figures, int index, long fen) {
            figures.putLong(8 * index, figures.getLong(8 * index) + fen);
        }
    }
}

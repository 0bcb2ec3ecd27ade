// Apache Spark's own ReplayListenerBus, for the benchmark beside it.
//
// What is measured is the real class that its History Server replays logs with, and a listener that counts. The file is
// opened with a large buffer and, if it is compressed, with Spark's own codec.
//
// Reads commands, one a line: "replay CODEC PATH", where the codec is "none" or one of Spark's. Answers each with one
// line: "replay CODEC", events, nanoseconds, and nanoseconds of processor time of all threads.

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkFirehoseListener;
import org.apache.spark.io.CompressionCodec$;
import org.apache.spark.scheduler.ReplayListenerBus;
import org.apache.spark.scheduler.SparkListenerEvent;

final class SparkReplay {
    static final int BUFFER = 1 << 20;

    static final class Count extends SparkFirehoseListener {
        long events;

        @Override
        public void onEvent(SparkListenerEvent event) {
            events++;
        }
    }

    public static void main(String[] arguments) throws Exception {
        var commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", 3);
            // What the last command has left is not to be cleared away in the time of this one.
            System.gc();
            System.out.println(words[0] + " " + words[1] + " " + replay(words[1], words[2]));
        }
    }

    static String replay(String codec, String path) throws IOException {
        var conf = new SparkConf(false);
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var count = new Count();
        var bus = new ReplayListenerBus(ReplayListenerBus.DEFAULT_MAX_LINE_LENGTH());
        bus.addListener(count);
        long cpu = system.getProcessCpuTime(), begun = System.nanoTime();
        try (InputStream log = open(conf, codec, path)) {
            bus.replay(log, path, false, ReplayListenerBus.SELECT_ALL_FILTER());
        }
        long took = System.nanoTime() - begun;
        return count.events + " " + took + " " + (system.getProcessCpuTime() - cpu);
    }

    static InputStream open(SparkConf conf, String codec, String path) throws IOException {
        var file = new BufferedInputStream(new FileInputStream(path), BUFFER);
        return codec.equals("none")
            ? file
            : CompressionCodec$.MODULE$.createCodec(conf, codec).compressedContinuousInputStream(file);
    }
}

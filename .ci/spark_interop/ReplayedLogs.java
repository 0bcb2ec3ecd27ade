import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkFirehoseListener;
import org.apache.spark.deploy.history.EventLogFileReader;
import org.apache.spark.scheduler.ReplayListenerBus;
import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * Replays event logs with Spark's own ReplayListenerBus, as its History Server does those that may be cut short.
 *
 * <p>Arguments: logs, each a file or a rolling folder. For each it writes a line of JSON: the log, its events by class,
 * and what it failed with, if it did.
 */
public final class ReplayedLogs {
    public static void main(String[] logs) throws Exception {
        FileSystem files = FileSystem.getLocal(new Configuration()).getRaw();
        ObjectMapper json = new ObjectMapper();
        for (String log : logs) {
            Map<String, Integer> events = new TreeMap<>();
            String failure = "";
            try {
                for (File file : parts(new File(log))) {
                    // A writer that is killed as it begins a file leaves nothing in it, and Spark's Snappy refuses that.
                    if (file.length() > 0) {
                        replay(files, file, events);
                    }
                }
            } catch (Exception error) {
                failure = error.toString();
            }
            System.out.println(json.writeValueAsString(Map.of("log", log, "events", events, "failure", failure)));
        }
        System.exit(0);
    }

    private static List<File> parts(File log) {
        if (log.isFile()) {
            return List.of(log);
        }
        List<File> parts = new ArrayList<>(Arrays.asList(log.listFiles((folder, name) -> name.startsWith("events_"))));
        parts.sort(Comparator.comparingInt(part -> Integer.parseInt(part.getName().split("_")[1])));
        return parts;
    }

    private static void replay(FileSystem files, File file, Map<String, Integer> events) throws Exception {
        ReplayListenerBus bus = new ReplayListenerBus();
        bus.addListener(new SparkFirehoseListener() {
            @Override
            public void onEvent(SparkListenerEvent event) {
                events.merge(event.getClass().getName(), 1, Integer::sum);
            }
        });
        try (InputStream stream = EventLogFileReader.openEventLog(new Path(file.getPath()), files)) {
            bus.replay(stream, file.getPath(), true, ReplayListenerBus.SELECT_ALL_FILTER());
        }
    }
}

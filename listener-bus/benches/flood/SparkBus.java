// Apache Spark's own LiveListenerBus, for the benchmark beside it.
//
// What is measured is the real class, with its four standard queues, metrics on as by default, and a counting listener on
// each. The environment is there for the settings that the bus looks up in it; nothing else of an application runs.
//
// Reads commands, one a line: "flood CAPACITY EVENTS". Answers each with one line: the command, events delivered and
// dropped by all queues together, nanoseconds of posting, and nanoseconds of processor time of all threads until
// everything is delivered.

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkEnv$;
import org.apache.spark.metrics.MetricsSystem$;
import org.apache.spark.scheduler.LiveListenerBus;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;

final class SparkBus {
    static final long LONGEST_DRAIN_MILLIS = 60_000;

    static class Count extends SparkListener {
        long events;

        @Override
        public void onTaskStart(SparkListenerTaskStart event) {
            events++;
        }
    }

    // The bus times listeners by class: one each, as in an application, so that they share no timer.
    static final class Shared extends Count {}
    static final class Management extends Count {}
    static final class Status extends Count {}
    static final class EventLog extends Count {}

    public static void main(String[] arguments) throws Exception {
        var commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            // What the last command has left is not to be cleared away in the time of this one.
            System.gc();
            System.out.println(line + " " + flood(words[1], Integer.parseInt(words[2])));
        }
    }

    static String flood(String capacity, int events) throws Exception {
        var conf = new SparkConf(false).set("spark.scheduler.listenerbus.eventqueue.capacity", capacity);
        SparkEnv$.MODULE$.set(
            new SparkEnv("driver", null, null, null, null, null, null, null, null, null, null, conf));
        var bus = new LiveListenerBus(conf);
        Count[] counts = {new Shared(), new Management(), new Status(), new EventLog()};
        bus.addToSharedQueue(counts[0]);
        bus.addToManagementQueue(counts[1]);
        bus.addToStatusQueue(counts[2]);
        bus.addToEventLogQueue(counts[3]);
        bus.start(null, MetricsSystem$.MODULE$.createMetricsSystem("driver", conf));
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime(), begun = System.nanoTime();
        for (int task = 0; task < events; task++) {
            bus.post(new SparkListenerTaskStart(task, 0, null));
        }
        long posted = System.nanoTime() - begun;
        bus.waitUntilEmpty(LONGEST_DRAIN_MILLIS);
        long drained = system.getProcessCpuTime() - cpu;
        bus.stop();
        long delivered = 0, dropped = 0;
        for (Count count : counts) {
            delivered += count.events;
        }
        for (var counter : bus.metrics().metricRegistry().getCounters().entrySet()) {
            dropped += counter.getKey().endsWith("numDroppedEvents") ? counter.getValue().getCount() : 0;
        }
        return delivered + " " + dropped + " " + posted + " " + drained;
    }
}

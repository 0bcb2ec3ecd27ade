// The decisions of Apache Spark's own OutputCommitCoordinator, for the benchmark beside it.
//
// What is measured is the real class of Spark's driver, made as SparkEnv makes it there. canCommit is what a task
// calls: a message to the driver, whose endpoint then calls handleAskPermissionToCommit, which decides. The latter is
// called here, and no message is sent: that is the decision alone, under the lock that Spark takes for it, and more
// than its users get of it. Starts and ends of stages and ends of tasks are what Spark's scheduler calls.
//
// Reads commands, one a line: "WORKLOAD THREADS MILLISECONDS", or "memory granted 0" and "memory failed 0". Answers
// each with one line: the workload, threads, asks, grants, partitions asked for, nanoseconds, and the 99.9th percentile
// and the greatest of the asks that were timed, in nanoseconds. For memory it is bytes instead of nanoseconds.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.apache.spark.SparkConf;
import org.apache.spark.Success$;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskResultLost$;
import org.apache.spark.scheduler.OutputCommitCoordinator;

final class SparkDecisions {
    static final int PARTITIONS = 100_000;
    static final int MILLION = 1_000_000;
    /** One ask in so many is timed, where asks are timed at all. */
    static final int TIMED_ASKS = 64;
    static final TaskEndReason SUCCEEDED = Success$.MODULE$;
    static final TaskEndReason FAILED = TaskResultLost$.MODULE$;

    final OutputCommitCoordinator coordinator = new OutputCommitCoordinator(new SparkConf(false), true);

    public static void main(String[] arguments) throws Exception {
        var commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.trim().split(" ");
            // What the last command has left is not to be cleared away in the time of this one.
            System.gc();
            System.out.println(words[0] + " " + words[1] + " " + answer(words[0], words[1], words[2]));
        }
    }

    static String answer(String workload, String how, String milliseconds) throws InterruptedException {
        return workload.equals("memory")
            ? memory(how)
            : new SparkDecisions().measure(workload, Integer.parseInt(how), Long.parseLong(milliseconds) * 1_000_000);
    }

    String measure(String workload, int threads, long nanos) throws InterruptedException {
        return switch (workload) {
            case "ask" -> rounds(threads, nanos, new Ask(threads, PARTITIONS));
            case "large" -> rounds(threads, nanos, new Ask(threads, MILLION));
            case "race" -> rounds(threads, nanos, new Race(threads));
            case "stages" -> rounds(threads, nanos, new Stages(threads));
            case "life" -> rounds(threads, nanos, new Life(threads));
            case "others-alone" -> others(threads, nanos, until -> {});
            case "others-busy" -> others(threads, nanos, this::compute);
            case "others-stages" -> others(threads, nanos, this::startAndEnd);
            default -> throw new IllegalArgumentException("no such workload: " + workload);
        };
    }

    /** Asks for every so many of the partitions; answers how often it was granted one. */
    long ask(int stage, int attempt, int first, int partitions, int step) {
        long granted = 0;
        for (int partition = first; partition < partitions; partition += step) {
            granted += ask(stage, partition, attempt);
        }
        return granted;
    }

    int ask(int stage, int partition, int attempt) {
        return coordinator.handleAskPermissionToCommit(stage, 0, partition, attempt) ? 1 : 0;
    }

    /** What one thread prepares, all do at once, and one tidies up; only what all do is timed. */
    abstract class Round {
        final int threads;
        /** Of one round. */
        final int stages;
        final int partitions;
        /** The first of them. */
        int stage;

        Round(int threads, int stages, int partitions) {
            this.threads = threads;
            this.stages = stages;
            this.partitions = partitions;
        }

        long asks() {
            return partitions();
        }

        long partitions() {
            return (long) stages * partitions;
        }

        void prepare() {
            for (int number = 0; number < stages; number++) {
                coordinator.stageStart(stage + number, partitions - 1);
            }
        }

        /** Answers how often this thread was granted a partition. */
        abstract long work(int thread);

        /** A life has ended its stages; what is not there is not ended again. */
        void tidy() {
            for (int number = 0; number < stages; number++) {
                coordinator.stageEnd(stage++);
            }
        }
    }

    /** Distinct partitions of one stage. */
    final class Ask extends Round {
        Ask(int threads, int partitions) {
            super(threads, 1, partitions);
        }

        long work(int thread) {
            return ask(stage, 0, thread, partitions, threads);
        }
    }

    /** Two attempts at each partition: of two threads, if there are as many. */
    final class Race extends Round {
        Race(int threads) {
            super(threads, 1, PARTITIONS);
        }

        long asks() {
            return 2 * partitions();
        }

        long work(int thread) {
            return threads == 1 ? both() : ask(stage, thread % 2, thread / 2, partitions, threads / 2);
        }

        long both() {
            long granted = 0;
            for (int partition = 0; partition < partitions; partition++) {
                granted += ask(stage, partition, 0);
                granted += ask(stage, partition, 1);
            }
            return granted;
        }
    }

    /** A stage for each thread. */
    final class Stages extends Round {
        Stages(int threads) {
            super(threads, threads, PARTITIONS);
        }

        long work(int thread) {
            return ask(stage + thread, 0, 0, partitions, 1);
        }
    }

    /** A stage for each thread, from its start to its end. */
    final class Life extends Round {
        Life(int threads) {
            super(threads, threads, PARTITIONS);
        }

        void prepare() {}

        long work(int thread) {
            int own = stage + thread;
            coordinator.stageStart(own, partitions - 1);
            long granted = ask(own, 0, 0, partitions, 1);
            for (int partition = 0; partition < partitions; partition++) {
                coordinator.taskCompleted(own, 0, partition, 0, SUCCEEDED);
            }
            coordinator.stageEnd(own);
            return granted;
        }
    }

    /** Where threads meet without going to sleep, so that they go on at the same time. */
    static final class Meeting {
        final int threads;
        final AtomicLong arrived = new AtomicLong();

        Meeting(int threads) {
            this.threads = threads;
        }

        void meet() {
            long until = (arrived.getAndIncrement() / threads + 1) * threads;
            while (arrived.get() < until) {
                Thread.yield();
            }
        }
    }

    String rounds(int threads, long nanos, Round round) throws InterruptedException {
        var meeting = new Meeting(threads);
        long[] begun = new long[threads], ended = new long[threads], granted = new long[threads];
        long[] total = new long[2];
        inThreads(threads, thread -> {
            while (total[0] < nanos) {
                if (thread == 0) {
                    round.prepare();
                }
                meeting.meet();
                begun[thread] = System.nanoTime();
                granted[thread] += round.work(thread);
                ended[thread] = System.nanoTime();
                meeting.meet();
                if (thread == 0) {
                    round.tidy();
                    total[0] += Arrays.stream(ended).max().getAsLong() - Arrays.stream(begun).min().getAsLong();
                    total[1]++;
                }
                meeting.meet();
            }
        });
        long asks = total[1] * round.asks(), partitions = total[1] * round.partitions();
        return asks + " " + Arrays.stream(granted).sum() + " " + partitions + " " + total[0] + " 0 0";
    }

    interface Work {
        void of(int thread);
    }

    static void inThreads(int threads, Work work) throws InterruptedException {
        var running = new Thread[threads];
        for (int thread = 0; thread < threads; thread++) {
            int number = thread;
            running[thread] = new Thread(() -> work.of(number));
            running[thread].start();
        }
        for (Thread thread : running) {
            thread.join();
        }
    }

    /** Asks for partitions of stages of one's own, beside a thread that does something else until it is over. */
    String others(int threads, long nanos, LongConsumer beside) throws InterruptedException {
        var other = new Thread(() -> beside.accept(System.nanoTime() + nanos));
        long[] asks = new long[threads], granted = new long[threads];
        long[][] timed = new long[threads][];
        long begun = System.nanoTime();
        other.start();
        inThreads(threads, thread -> {
            var times = new long[MILLION];
            int taken = 0;
            for (int stage = thread; System.nanoTime() - begun < nanos; stage += threads) {
                coordinator.stageStart(stage, PARTITIONS - 1);
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    if (partition % TIMED_ASKS == 0 && taken < times.length) {
                        long before = System.nanoTime();
                        granted[thread] += ask(stage, partition, 0);
                        times[taken++] = System.nanoTime() - before;
                    } else {
                        granted[thread] += ask(stage, partition, 0);
                    }
                }
                asks[thread] += PARTITIONS;
                coordinator.stageEnd(stage);
            }
            timed[thread] = Arrays.copyOf(times, taken);
        });
        long took = System.nanoTime() - begun;
        other.join();
        long[] times = Arrays.stream(timed).flatMapToLong(Arrays::stream).sorted().toArray();
        long all = Arrays.stream(asks).sum();
        long late = times[(int) (times.length * 0.999)], latest = times[times.length - 1];
        return all + " " + Arrays.stream(granted).sum() + " " + all + " " + took + " " + late + " " + latest;
    }

    static volatile long computed;

    /** Costs as much of the machine as a thread that starts and ends stages, and never meets the coordinator. */
    void compute(long until) {
        long number = 1;
        while (System.nanoTime() < until) {
            for (int step = 0; step < 1_000; step++) {
                number = number * 6_364_136_223_846_793_005L + 1;
            }
        }
        computed = number;
    }

    void startAndEnd(long until) {
        for (int stage = Integer.MAX_VALUE; System.nanoTime() < until; stage--) {
            coordinator.stageStart(stage, PARTITIONS - 1);
            coordinator.stageEnd(stage);
        }
    }

    /** What a million partitions need, all granted; or all granted after the failure of another attempt. */
    static String memory(String what) {
        long before = used();
        var spark = new SparkDecisions();
        spark.coordinator.stageStart(0, MILLION - 1);
        int attempt = what.equals("failed") ? 1 : 0;
        long granted = 0;
        for (int partition = 0; partition < MILLION; partition++) {
            if (attempt == 1) {
                spark.coordinator.taskCompleted(0, 0, partition, 0, FAILED);
            }
            granted += spark.ask(0, partition, attempt);
        }
        long bytes = used() - before;
        // It is to live until it has been measured.
        spark.coordinator.stageEnd(0);
        return MILLION + " " + granted + " " + MILLION + " " + bytes + " 0 0";
    }

    static long used() {
        for (int time = 0; time < 3; time++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}

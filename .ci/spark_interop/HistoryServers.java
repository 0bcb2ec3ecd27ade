import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.history.FsHistoryProvider;
import org.apache.spark.deploy.history.HistoryServer;
import org.apache.spark.deploy.history.HistoryServer$;

/**
 * Starts Spark's History Server over one folder after another, as its own main does, in one JVM that stays warm.
 *
 * <p>Each line of stdin is a folder: the server before is stopped, one over this folder is started on a free port, and
 * the port is written to stdout. It ends with stdin.
 */
public final class HistoryServers {
    public static void main(String[] arguments) throws IOException {
        BufferedReader folders = new BufferedReader(new InputStreamReader(System.in));
        HistoryServer server = null;
        for (String folder = folders.readLine(); folder != null; folder = folders.readLine()) {
            if (server != null) {
                server.stop();
            }
            server = start(folder);
            System.out.println(server.boundPort());
        }
        System.exit(0);
    }

    private static HistoryServer start(String folder) {
        SparkConf settings = new SparkConf()
            .set("spark.history.fs.logDirectory", "file://" + folder)
            .set("spark.history.fs.update.interval", "1s")
            .set("spark.history.ui.port", "0");
        FsHistoryProvider provider = new FsHistoryProvider(settings);
        HistoryServer server = new HistoryServer(
            settings, provider, HistoryServer$.MODULE$.createSecurityManager(settings), 0);
        server.bind();
        provider.start();
        return server;
    }
}

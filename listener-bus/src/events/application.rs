use super::Properties;
use super::json::json_object;

json_object! {
    /// The first line of an event log.
    pub event LogStart {
        /// The version of Spark that wrote the log. It is written as it stands here.
        spark_version: String = "Spark Version" [required],
    }
}

json_object! {
    /// The application has started. In a log it follows several events that are younger.
    pub event ApplicationStart {
        /// The application's name.
        app_name: String = "App Name" [required],
        /// The application's id, where the cluster manager gave one.
        app_id: Option<String> = "App ID" [or_omit],
        /// When, in milliseconds since the Unix epoch.
        timestamp: i64 = "Timestamp" [required],
        /// Who runs it.
        user: String = "User" [required],
        /// Which attempt at the application it is, where the cluster manager counts them.
        app_attempt_id: Option<String> = "App Attempt ID" [or_omit],
        /// Where to read the driver's logs, by the log's name.
        driver_logs: Option<Properties> = "Driver Logs" [or_omit],
        /// What the cluster manager says of the driver.
        driver_attributes: Option<Properties> = "Driver Attributes" [or_omit],
    }
}

json_object! {
    /// The application is over.
    pub event ApplicationEnd {
        /// When, in milliseconds since the Unix epoch.
        timestamp: i64 = "Timestamp" [required],
        /// The exit code of the driver process, where it is known.
        exit_code: Option<i32> = "ExitCode" [or_omit],
    }
}

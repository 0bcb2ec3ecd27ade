use super::Properties;
use super::json::json_object;

json_object! {
    /// A process of the application that is neither driver nor executor has started.
    pub event MiscellaneousProcessAdded {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The process, by name. Absent: empty.
        process_id: String = "processId" [default],
        /// Where it runs. Absent: empty.
        info: MiscellaneousProcessDetails = "info" [default],
    }
}

json_object! {
    /// Where a process that is neither driver nor executor runs.
    pub struct MiscellaneousProcessDetails {
        /// Its machine and port, with a colon between. Absent: empty.
        host_port: String = "hostPort" [default],
        /// The number of its cores. Absent: 0.
        cores: i32 = "cores" [or 0],
        /// Where to read its logs, by the log's name. Absent: empty.
        log_url_info: Properties = "logUrlInfo" [default],
    }
}

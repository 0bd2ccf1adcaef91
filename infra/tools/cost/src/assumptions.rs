//! The numbers that the sandbox cannot measure: how long services take to reply, how large a video is, how Lambda behaves.
//! docs/cost.md lists each of them.

use std::time::Duration;

use super::call::Call;

/// The latency of a kind of call. The first row of [`LATENCIES`] that matches a call counts.
pub struct Latency {
    /// The name of the service.
    pub service: &'static str,
    /// The operation; "" matches every other operation of the service.
    pub operation: &'static str,
    /// The latency in milliseconds.
    pub ms: u64,
}

const fn takes(service: &'static str, operation: &'static str, ms: u64) -> Latency {
    Latency { service, operation, ms }
}

/// The latency of each kind of call.
pub const LATENCIES: [Latency; 14] = [
    takes("DynamoDB", "", 8),
    takes("SQS", "", 15),
    takes("S3", "HEAD photo", 30),
    takes("S3", "HEAD video", 30),
    takes("S3", "", 150),
    takes("Telegram", "sendVideo", 4_000),
    takes("Telegram", "getFile", 100),
    takes("Telegram", "file", 300),
    takes("Telegram", "", 150),
    takes("KIE", "createTask", 2_000),
    takes("KIE", "result", 3_000),
    takes("KIE", "", 500),
    takes("writer", "", 3_000),
    takes("", "", 0),
];

/// The latency of a call.
#[must_use]
pub fn latency(call: &Call) -> Duration {
    let fits =
        |row: &&Latency| row.service == call.service.name() && (row.operation.is_empty() || row.operation == call.operation);
    Duration::from_millis(LATENCIES.iter().find(fits).map_or(0, |row| row.ms))
}

/// The computing time of an invocation, beyond its waiting for calls.
pub const COMPUTING: Duration = Duration::from_millis(10);
/// The time that a new process needs before its first invocation. Lambda bills it.
pub const START: Duration = Duration::from_millis(150);
/// New processes of the sweeper a day. Its schedule keeps one process alive, but Lambda replaces it now and then.
pub const SWEEPER_STARTS_A_DAY: f64 = 12.0;

/// Bytes of a video of eight to ten seconds at 720p: 10 s at 6.4 megabits a second. No model's film was measured.
pub const VIDEO_BYTES: f64 = 8e6;
/// Bytes of a photo in the size that Telegram delivers.
pub const PHOTO_BYTES: f64 = 300e3;

/// Seconds of one whole processor that preparing a phone's usual photo takes: a 12 MP JPEG, baseline.
/// `cargo run --release -p bench -- photo` measures it; this is one measurement on a shared x86-64 core.
pub const USUAL_PHOTO_CPU_SECS: f64 = 0.15;
/// The same for the largest photo that is accepted: a 50 MP JPEG, baseline.
pub const LARGEST_PHOTO_CPU_SECS: f64 = 0.36;
/// The command that measures both times.
pub const PHOTO_COMMAND: &str = "cargo run --release -p bench -- photo";
/// Memory with which Lambda gives a function one whole processor, in MB. With less memory it gives a part in proportion.
pub const PROCESSOR_MB: f64 = 1769.0;

/// Bytes of the headers of a request or reply that leaves AWS. The body is measured.
pub const HEADER_BYTES: u64 = 1_000;

/// Bytes of Lambda's own log lines of an invocation: START, END and REPORT.
pub const PLATFORM_BYTES: f64 = 450.0;
/// Bytes of the request id and the trace id that only Lambda adds to a log line.
pub const LINE_IDS_BYTES: f64 = 150.0;
/// Bytes that CloudWatch bills for each log line in addition to its text.
pub const LINE_BYTES: f64 = 26.0;
/// The part of a log's bytes that CloudWatch stores and bills after compression.
pub const LOG_COMPRESSED: f64 = 0.15;

/// Polls that Lambda keeps open on an empty queue.
pub const POLLERS: f64 = 5.0;
/// How many seconds each of these polls waits.
pub const POLL_SECS: f64 = 20.0;

/// Minutes between two requests of DynamoDB to KMS for the table's key, for each connection in use.
pub const TABLE_KEY_MINUTES: f64 = 5.0;
/// Videos that one seller orders in all.
pub const ORDERS_A_PERSON: f64 = 10.0;
/// Months of orders that the table holds. The items of an order are never deleted.
pub const MONTHS_KEPT: f64 = 12.0;

/// Days of a month in all monthly figures.
pub const DAYS_A_MONTH: f64 = 30.0;

/// Processors of the Fargate task that could replace Lambda, in vCPU.
pub const FARGATE_VCPU: f64 = 0.5;
/// Memory of the Fargate task that could replace Lambda, in GB.
pub const FARGATE_GB: f64 = 1.0;
/// Disk of the t4g.small instance that could replace Lambda, in GB.
pub const DISK_GB: f64 = 8.0;

//! What a sandbox cannot measure, in one place: how long services take to answer, how large a video is, how Lambda behaves.
//! Each is printed in the page.

use std::time::Duration;

use super::call::Call;

/// How long a kind of call is on its way. The first that fits counts.
pub struct Latency {
    /// Whose service.
    pub service: &'static str,
    /// Which operation; "" is every other.
    pub operation: &'static str,
    /// How long it takes.
    pub ms: u64,
}

const fn takes(service: &'static str, operation: &'static str, ms: u64) -> Latency {
    Latency { service, operation, ms }
}

/// How long each kind of call takes.
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

/// How long a call takes.
#[must_use]
pub fn latency(call: &Call) -> Duration {
    let fits =
        |row: &&Latency| row.service == call.service.name() && (row.operation.is_empty() || row.operation == call.operation);
    Duration::from_millis(LATENCIES.iter().find(fits).map_or(0, |row| row.ms))
}

/// What an invocation takes beyond waiting: its own computing, on a part of a processor.
pub const COMPUTING: Duration = Duration::from_millis(10);
/// What a new process takes before its first invocation; Lambda bills it.
pub const START: Duration = Duration::from_millis(150);
/// New processes a day of the sweeper, which is never idle.
pub const SWEEPER_STARTS_A_DAY: f64 = 12.0;

/// Bytes of a video of five or six seconds at 720p.
pub const VIDEO_BYTES: f64 = 5e6;
/// Bytes of a photo as Telegram passes it on.
pub const PHOTO_BYTES: f64 = 300e3;
/// Bytes of headers of a request that leaves AWS, or of an answer; its body is measured.
pub const HEADER_BYTES: u64 = 1_000;

/// Bytes that Lambda writes into the log for an invocation: START, END and REPORT.
pub const PLATFORM_BYTES: f64 = 450.0;
/// Bytes that a line is longer on Lambda, by the ids of the invocation and its trace.
pub const LINE_IDS_BYTES: f64 = 150.0;
/// Bytes that CloudWatch bills with each line.
pub const LINE_BYTES: f64 = 26.0;
/// How much of a log is left when it is stored: it is compressed.
pub const LOG_COMPRESSED: f64 = 0.15;

/// Polls that Lambda has open on a queue that has nothing.
pub const POLLERS: f64 = 5.0;
/// How long each of them waits.
pub const POLL_SECS: f64 = 20.0;

/// How often DynamoDB asks KMS for the table's key, for each connection in use.
pub const TABLE_KEY_MINUTES: f64 = 5.0;
/// Videos that a person orders, over all.
pub const ORDERS_A_PERSON: f64 = 10.0;
/// Months of orders that are in the table: what an order leaves there stays.
pub const MONTHS_KEPT: f64 = 12.0;

/// Days of a month; all figures of a month are of this one.
pub const DAYS_A_MONTH: f64 = 30.0;

/// The always-on worker: a Fargate task of half a processor and a gigabyte, or a t4g.small with a disk of these GB.
pub const FARGATE_VCPU: f64 = 0.5;
/// Memory of that task.
pub const FARGATE_GB: f64 = 1.0;
/// The disk of that instance.
pub const DISK_GB: f64 = 8.0;

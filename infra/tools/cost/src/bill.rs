//! Makes billed quantities of the measured requests, for an order and for a month.

use testkit::template::Template;

use super::{
    assumptions::{
        COMPUTING, DAYS_A_MONTH, LINE_BYTES, LINE_IDS_BYTES, LOG_COMPRESSED, MONTHS_KEPT, ORDERS_A_PERSON, PHOTO_BYTES,
        PLATFORM_BYTES, POLL_SECS, POLLERS, START, SWEEPER_STARTS_A_DAY, TABLE_KEY_MINUTES, VIDEO_BYTES,
    },
    call::{BY_ADDRESS, Call},
    phases::{Phases, Usage},
    prices::{Item, Quantities, sum, times},
};
use crate::template::BilledTemplate as _;

/// Bytes of a GB in AWS's prices.
pub const GB: f64 = 1_073_741_824.0;
/// Bytes of a read unit.
const READ_UNIT_BYTES: f64 = 4096.0;
/// Log lines that Lambda itself writes for an invocation.
const PLATFORM_LINES: f64 = 3.0;
/// Items that an order leaves in the table: its job, its charge and its settlement.
const ITEMS_AN_ORDER: f64 = 3.0;
/// The number of functions that run only for orders.
const FUNCTIONS_OF_ORDERS: f64 = 5.0;

/// The billed quantities of each phase.
pub struct Bill {
    /// The first two updates of a new seller.
    pub newcomer: Quantities,
    /// The conversation, from the first tap to the summary.
    pub conversation: Quantities,
    /// An order, from confirm to capture, with the storage of its items for a year.
    pub order: Quantities,
    /// An order that fails three times, from confirm to refund, with the storage of its items for a year.
    pub refund: Quantities,
    /// A month without an order.
    pub idle: Quantities,
    /// Polls of empty queues in a month; they are part of the SQS requests of `idle`.
    pub polls: f64,
    /// The number of metrics that only orders and refunds write.
    pub metrics_of_orders: f64,
    kept_bytes: f64,
}

impl Bill {
    /// The billed quantities of measured phases, with the memory, schedule and retention of the template.
    ///
    /// # Errors
    /// The template lacks a parameter or a function; the text names it.
    pub fn of(phases: &Phases, template: &Template) -> Result<Self, String> {
        let kept_bytes = phases.kept_bytes as f64;
        let kept = kept_bytes * MONTHS_KEPT / GB;
        let stored = Quantities::from([(Item::TableStorage, kept), (Item::TableRecovery, kept)]);
        let ever: Vec<_> = phases.order.metrics.union(&phases.refund.metrics).collect();
        Ok(Self {
            newcomer: quantities(&phases.newcomer, template)?,
            conversation: quantities(&phases.conversation, template)?,
            order: sum(&quantities(&phases.order, template)?, &stored),
            refund: sum(&quantities(&phases.refund, template)?, &stored),
            idle: idle(phases, template)?,
            polls: polls(template),
            metrics_of_orders: ever.into_iter().filter(|metric| !phases.idle.metrics.contains(*metric)).count() as f64,
            kept_bytes,
        })
    }

    /// One order with its conversation.
    #[must_use]
    pub fn one(&self) -> Quantities {
        sum(&self.conversation, &self.order)
    }

    /// A month with this many orders. The table holds the items of a year with as many orders each month.
    #[must_use]
    pub fn month(&self, orders: f64) -> Quantities {
        let mut of_orders = times(&self.one(), orders);
        // A busy function keeps its process, and DynamoDB keeps the table's key, so KMS requests do not grow with orders.
        let keys = FUNCTIONS_OF_ORDERS * table_keys();
        of_orders.entry(Item::KmsRequests).and_modify(|requests| *requests = requests.min(keys));
        let (read, written) = self.pass_units(orders);
        *of_orders.entry(Item::ReadUnits).or_default() += read * DAYS_A_MONTH;
        *of_orders.entry(Item::WriteUnits).or_default() += written * DAYS_A_MONTH;
        if orders > 0.0 {
            of_orders.insert(Item::CustomMetrics, self.metrics_of_orders);
        }
        sum(&self.idle, &of_orders)
    }

    /// Read and write units of one daily pass over all accounts. The pass scans the table with eventual reads, reads the items of
    /// each account, and writes its position after each page.
    fn pass_units(&self, orders: f64) -> (f64, f64) {
        let accounts = orders * MONTHS_KEPT / ORDERS_A_PERSON;
        let of_one = ORDERS_A_PERSON * self.kept_bytes / READ_UNIT_BYTES;
        let items = orders * MONTHS_KEPT * ITEMS_AN_ORDER;
        (accounts * (of_one.ceil() + of_one / 2.0), items / f64::from(sweeper::PASS_PAGE_ITEMS))
    }
}

/// KMS requests of DynamoDB for the table's key in a month, for a function that runs all the time.
fn table_keys() -> f64 {
    DAYS_A_MONTH * 24.0 * 60.0 / TABLE_KEY_MINUTES
}

fn polls(template: &Template) -> f64 {
    template.polled_queues() as f64 * POLLERS * DAYS_A_MONTH * 86_400.0 / POLL_SECS
}

fn idle(phases: &Phases, template: &Template) -> Result<Quantities, String> {
    let sweeps = template.sweeps_a_day()? * DAYS_A_MONTH;
    let mut month = times(&quantities(&phases.idle, template)?, sweeps / phases.sweeps as f64);
    month = sum(&month, &times(&quantities(&phases.pass, template)?, DAYS_A_MONTH));
    let starts = SWEEPER_STARTS_A_DAY * DAYS_A_MONTH;
    let (_, watched) = template.alarms();
    let standing = Quantities::from([
        (time_item(template)?, starts * START.as_secs_f64() * template.memory_mb("sweeper")? / 1024.0),
        (Item::KmsRequests, starts + table_keys()),
        (Item::SqsRequests, polls(template)),
        (Item::AlarmMetrics, watched as f64),
        (Item::Dashboards, template.dashboards() as f64),
        (Item::CustomMetrics, (phases.idle.metrics.len() + template.metrics_of_zeros()) as f64),
    ]);
    Ok(sum(&month, &standing))
}

/// The item that bills Lambda's time on the template's processor.
fn time_item(template: &Template) -> Result<Item, String> {
    match template.default_of("Architecture")?.as_str() {
        "arm64" => Ok(Item::LambdaArm64),
        "x86_64" => Ok(Item::LambdaX86),
        other => Err(format!("the template's Architecture is {other}: prices.toml has a price for arm64 and x86_64 only")),
    }
}

/// The GB-seconds of each function.
///
/// # Errors
/// The template lacks a function or its memory.
pub fn gb_seconds(usage: &Usage, template: &Template) -> Result<Vec<(&'static str, f64)>, String> {
    let of = |function: &'static str| {
        let run = usage.runs.get(function).copied().unwrap_or_default();
        let started = if usage.starts.contains(function) { START.as_secs_f64() } else { 0.0 };
        let seconds = run.ms as f64 / 1000.0 + run.invocations as f64 * COMPUTING.as_secs_f64() + started;
        Ok((function, seconds * template.memory_mb(function)? / 1024.0))
    };
    usage.runs.keys().map(|function| of(function)).collect()
}

fn quantities(usage: &Usage, template: &Template) -> Result<Quantities, String> {
    let count = |is: &dyn Fn(&Call) -> bool| -> f64 {
        usage.calls.iter().filter(|(call, _)| is(call)).map(|(_, count)| count.requests as f64).sum()
    };
    let s3 = |method: &str, what: &str| {
        count(&|call| call.service.name() == "S3" && call.operation.starts_with(method) && call.operation.ends_with(what))
    };
    let got = |what: &str| count(&|call| call.caller == BY_ADDRESS && call.operation.ends_with(what));
    let kept = |what: &str, bytes: f64, days: f64| s3("PUT", what) * bytes / GB * days / DAYS_A_MONTH;
    let (photo_days, video_days) = (template.number("PhotoRetentionDays")?, template.number("VideoRetentionDays")?);
    let invocations: f64 = usage.runs.values().map(|run| run.invocations as f64).sum();
    let lines = usage.lines as f64 * (LINE_IDS_BYTES + LINE_BYTES) + usage.log_bytes as f64;
    let logged = (lines + invocations * (PLATFORM_BYTES + PLATFORM_LINES * LINE_BYTES)) / GB;
    let out = usage.bytes_out as f64 + got("photo") * PHOTO_BYTES + got("video") * VIDEO_BYTES;
    let all = [
        (Item::LambdaRequests, invocations),
        (time_item(template)?, gb_seconds(usage, template)?.iter().map(|(_, time)| time).sum()),
        (Item::SqsRequests, count(&|call| call.service.name() == "SQS")),
        (Item::ReadUnits, usage.calls.values().map(|count| count.units.read).sum()),
        (Item::WriteUnits, usage.calls.values().map(|count| count.units.write).sum()),
        (Item::S3Writes, s3("PUT", "")),
        (Item::S3Reads, s3("HEAD", "") + s3("GET", "")),
        (Item::S3Storage, kept("photo", PHOTO_BYTES, photo_days) + kept("video", VIDEO_BYTES, video_days)),
        (Item::TransferOut, out / GB),
        (Item::LogsIngested, logged),
        (Item::LogsStored, logged * LOG_COMPRESSED * template.number("LogRetentionDays")? / DAYS_A_MONTH),
        // A new process decrypts the secrets, and DynamoDB fetches the table's key for its new connection.
        (Item::KmsRequests, 2.0 * usage.starts.len() as f64),
    ];
    Ok(all.into_iter().filter(|(_, quantity)| *quantity > 0.0).collect())
}

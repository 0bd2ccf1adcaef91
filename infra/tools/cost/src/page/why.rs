//! What a line of the bill is for, in a sentence.

use super::Page;
use crate::template::BilledTemplate as _;
use crate::{
    assumptions::{PHOTO_BYTES, POLL_SECS, POLLERS, SWEEPER_STARTS_A_DAY, TABLE_KEY_MINUTES, VIDEO_BYTES},
    bill::gb_seconds,
    page::text::amount,
    phases::Usage,
    prices::Item,
};

/// Why a month without an order has it.
///
/// # Errors
/// The template lacks something.
pub fn of_idle(page: &Page, item: Item) -> Result<String, String> {
    let (alarms, watched) = page.template.alarms();
    let idle = &page.phases.idle;
    let sweep_ms = idle.runs.values().map(|run| run.ms as f64).sum::<f64>() / page.phases.sweeps as f64;
    Ok(match item {
        Item::Dashboards => "Billed whether it is opened or not.".to_owned(),
        Item::AlarmMetrics => {
            format!("{alarms} alarms watch {watched} metrics: of an alarm on an expression each metric is billed.")
        }
        Item::SqsRequests => format!(
            "Lambda's polls of {} queues in which nothing is: {POLLERS} at a time, {POLL_SECS} s each.",
            page.template.polled_queues()
        ),
        Item::CustomMetrics => {
            format!(
                "What sweeps write: {}; and what a filter reads off their logs, zeros too: {}.",
                idle.metrics.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
                page.template.metrics_of_zeros()
            )
        }
        Item::LambdaArm64 | Item::LambdaX86 => format!(
            "Sweeps of {} ms, with {} MB; a new process {SWEEPER_STARTS_A_DAY} times a day.",
            amount(sweep_ms.round()),
            page.template.memory_mb("sweeper")?
        ),
        Item::LambdaRequests => "One a sweep.".to_owned(),
        Item::ReadUnits => {
            let queries =
                idle.calls.iter().filter(|(call, _)| call.service.name() == "DynamoDB").map(|(_, count)| count.requests);
            let queries = queries.sum::<u64>() / page.phases.sweeps;
            format!(
                "{queries} queries a sweep, half a unit each: each shard of the index is asked what is due, and what is open."
            )
        }
        Item::WriteUnits => "The daily pass over the money invariants writes where it is.".to_owned(),
        Item::LogsIngested => {
            format!("{} lines a sweep, and Lambda's own three.", amount((idle.lines / page.phases.sweeps) as f64))
        }
        Item::LogsStored => format!("For {} days.", page.template.default_of("LogRetentionDays")?),
        Item::KmsRequests => format!(
            "DynamoDB fetches the table's key for the sweeper every {TABLE_KEY_MINUTES} minutes; new processes read the secrets."
        ),
        Item::TransferOut => "The question for KIE's balance.".to_owned(),
        _ => String::new(),
    })
}

/// Why an order has it.
///
/// # Errors
/// The template lacks something.
pub fn of_order(page: &Page, item: Item) -> Result<String, String> {
    let days = |parameter: &str| page.template.default_of(parameter);
    let (video, photo) = (amount(VIDEO_BYTES / 1e6), amount(PHOTO_BYTES / 1e6));
    Ok(match item {
        Item::TransferOut => format!("The video to Telegram ({video} MB) and the photo to KIE ({photo} MB), out of the bucket."),
        Item::LambdaArm64 | Item::LambdaX86 => format!("Nearly all of it waiting: {}.", by_function(page, &page.phases.order)?),
        Item::S3Storage => {
            format!("The video for {} days, the photo for {}.", days("VideoRetentionDays")?, days("PhotoRetentionDays")?)
        }
        Item::WriteUnits => {
            "A step of the job is one, and two for its new place in the index of open jobs; in a transaction each item is two."
                .to_owned()
        }
        Item::S3Writes => "The photo and the video.".to_owned(),
        Item::SqsRequests => "Messages sent, and for each Lambda's receive and deletion.".to_owned(),
        Item::LambdaRequests => "Updates, polls, the callback, the sending.".to_owned(),
        Item::LogsIngested => "A line an outcome, metrics, and Lambda's own lines.".to_owned(),
        Item::LogsStored => format!("For {} days.", days("LogRetentionDays")?),
        Item::KmsRequests => "A new process of each function: its secrets, and the table's key.".to_owned(),
        Item::TableStorage => format!("{} bytes that stay, for a year.", amount(page.phases.kept_bytes as f64)),
        Item::TableRecovery => "The same bytes, restorable.".to_owned(),
        Item::ReadUnits => "The job before each step; the chat and the account before each update.".to_owned(),
        Item::S3Reads => "Whether they are there already; KIE's and Telegram's fetch.".to_owned(),
        _ => String::new(),
    })
}

fn by_function(page: &Page, usage: &Usage) -> Result<String, String> {
    let mut functions = gb_seconds(usage, &page.template)?;
    functions.sort_by(|left, right| right.1.total_cmp(&left.1));
    Ok(functions.iter().map(|(function, time)| format!("{function} {}", amount(*time))).collect::<Vec<_>>().join(", "))
}

//! The reason of each line of a bill, as a sentence.

use super::Page;
use crate::template::BilledTemplate as _;
use crate::{
    assumptions::{PHOTO_BYTES, POLL_SECS, POLLERS, SWEEPER_STARTS_A_DAY, TABLE_KEY_MINUTES, VIDEO_BYTES},
    bill::gb_seconds,
    page::text::amount,
    phases::Usage,
    prices::Item,
};

/// The reason why a month without an order is billed for an item.
///
/// # Errors
/// The template lacks a parameter or a function.
pub fn of_idle(page: &Page, item: Item) -> Result<String, String> {
    let (alarms, watched) = page.template.alarms();
    let idle = &page.phases.idle;
    let sweep_ms = idle.runs.values().map(|run| run.ms as f64).sum::<f64>() / page.phases.sweeps as f64;
    Ok(match item {
        Item::Dashboards => "A dashboard is billed even if it is never opened.".to_owned(),
        Item::AlarmMetrics => {
            format!("{alarms} alarms watch {watched} metrics; each metric of an expression is billed.")
        }
        Item::SqsRequests => {
            format!("Lambda polls {} empty queues: {POLLERS} polls at a time, {POLL_SECS} s each.", page.template.polled_queues())
        }
        Item::CustomMetrics => {
            format!(
                "Sweeps write {}. Metric filters on the logs add {} more, with zeros too.",
                idle.metrics.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
                page.template.metrics_of_zeros()
            )
        }
        Item::LambdaArm64 | Item::LambdaX86 => format!(
            "Sweeps of {} ms, with {} MB; a new process {SWEEPER_STARTS_A_DAY} times a day.",
            amount(sweep_ms.round()),
            page.template.memory_mb("sweeper")?
        ),
        Item::LambdaRequests => "Each sweep is one.".to_owned(),
        Item::ReadUnits => {
            let queries =
                idle.calls.iter().filter(|(call, _)| call.service.name() == "DynamoDB").map(|(_, count)| count.requests);
            let queries = queries.sum::<u64>() / page.phases.sweeps;
            format!("A sweep makes {queries} queries, half a unit each: each shard of the index, for due jobs and for open jobs.")
        }
        Item::WriteUnits => "The daily pass over the money invariants writes its position.".to_owned(),
        Item::LogsIngested => {
            format!("A sweep writes {} lines, and Lambda three more.", amount((idle.lines / page.phases.sweeps) as f64))
        }
        Item::LogsStored => format!("Logs are kept for {} days.", page.template.default_of("LogRetentionDays")?),
        Item::KmsRequests => {
            format!("DynamoDB fetches the table's key every {TABLE_KEY_MINUTES} minutes, and new processes decrypt the secrets.")
        }
        Item::TransferOut => "The sweeper requests KIE's balance.".to_owned(),
        _ => String::new(),
    })
}

/// The reason why an order is billed for an item.
///
/// # Errors
/// The template lacks a parameter or a function.
pub fn of_order(page: &Page, item: Item) -> Result<String, String> {
    let days = |parameter: &str| page.template.default_of(parameter);
    let (video, photo) = (amount(VIDEO_BYTES / 1e6), amount(PHOTO_BYTES / 1e6));
    Ok(match item {
        Item::TransferOut => format!("Telegram fetches the video ({video} MB) and KIE the photo ({photo} MB) from the bucket."),
        Item::LambdaArm64 | Item::LambdaX86 => format!("The functions mostly wait: {}.", by_function(page, &page.phases.order)?),
        Item::S3Storage => {
            format!("The video is kept for {} days, the photo for {}.", days("VideoRetentionDays")?, days("PhotoRetentionDays")?)
        }
        Item::WriteUnits => {
            "A step of the job is one unit, and two for its new position in the index; in a transaction each item is two."
                .to_owned()
        }
        Item::S3Writes => "The generator stores the photo and the video.".to_owned(),
        Item::SqsRequests => "The functions send messages, and Lambda receives and deletes each of them.".to_owned(),
        Item::LambdaRequests => "Updates, polls, the callback and the delivery are one each.".to_owned(),
        Item::LogsIngested => "The functions write a line for each outcome, and metrics; Lambda writes its own lines.".to_owned(),
        Item::LogsStored => format!("Logs are kept for {} days.", days("LogRetentionDays")?),
        Item::KmsRequests => "A new process of each function needs its secrets and the table's key.".to_owned(),
        Item::TableStorage => format!("An order leaves {} bytes, counted for a year.", amount(page.phases.kept_bytes as f64)),
        Item::TableRecovery => "The same bytes have point-in-time recovery.".to_owned(),
        Item::ReadUnits => "A step reads the job; an update reads the chat and the account.".to_owned(),
        Item::S3Reads => "The functions check whether photo and video exist; KIE and Telegram fetch them.".to_owned(),
        _ => String::new(),
    })
}

fn by_function(page: &Page, usage: &Usage) -> Result<String, String> {
    let mut functions = gb_seconds(usage, &page.template)?;
    functions.sort_by(|left, right| right.1.total_cmp(&left.1));
    Ok(functions.iter().map(|(function, time)| format!("{function} {}", amount(*time))).collect::<Vec<_>>().join(", "))
}

//! The sections of docs/cost.md with the assumptions and the price list.

use super::{
    Page,
    text::{amount, paragraph, table},
};
use crate::assumptions::{
    COMPUTING, DISK_GB, FARGATE_GB, FARGATE_VCPU, HEADER_BYTES, LATENCIES, LINE_BYTES, LINE_IDS_BYTES, LOG_COMPRESSED,
    MONTHS_KEPT, ORDERS_A_PERSON, PHOTO_BYTES, PLATFORM_BYTES, POLL_SECS, POLLERS, PROCESSOR_MB, START, SWEEPER_STARTS_A_DAY,
    TABLE_KEY_MINUTES, VIDEO_BYTES,
};

/// The table of assumed latencies.
pub fn latencies() -> String {
    let rows = LATENCIES.iter().filter(|row| !row.service.is_empty()).map(|row| {
        let others = LATENCIES.iter().filter(|other| other.service == row.service).count() > 1;
        let operation = match row.operation {
            "" if others => "anything else",
            "" => "any call",
            operation => operation,
        };
        vec![format!("{} {operation}", row.service), amount(row.ms as f64)]
    });
    table(&["call", ">ms"], &rows.collect::<Vec<_>>())
}

/// The table of all other assumptions.
pub fn others() -> String {
    let rows = [
        (format!("{} ms", COMPUTING.as_millis()), "computing time of an invocation, in addition to its waiting"),
        (
            format!("{} ms", START.as_millis()),
            "start of a new process, which is billed; each function of an order starts one, as it does where orders are rare",
        ),
        (amount(SWEEPER_STARTS_A_DAY), "new processes of the sweeper in a day"),
        (
            format!("{} MB", amount(VIDEO_BYTES / 1e6)),
            "a video of eight to ten seconds at 720p: ten seconds at 6.4 megabits a second; no model's film was measured",
        ),
        (format!("{} MB", amount(PHOTO_BYTES / 1e6)), "a photo"),
        (
            format!("{} MB", amount(PROCESSOR_MB)),
            "memory with which Lambda gives a function one whole processor; with less memory, a part in proportion",
        ),
        (format!("{} bytes", amount(HEADER_BYTES as f64)), "headers of a request or reply that leaves AWS"),
        (
            format!("{POLLERS} × {POLL_SECS} s"),
            "pollers of Lambda on an empty queue, and how long each poll waits. AWS documents that a standard queue begins with five at once, not how long a poll is",
        ),
        (
            format!("{} + 3 × {LINE_BYTES} bytes", amount(PLATFORM_BYTES)),
            "Lambda's own START, END and REPORT lines of an invocation",
        ),
        (
            format!("{} bytes", amount(LINE_IDS_BYTES + LINE_BYTES)),
            "added to each measured log line: the request id and the trace id, and CloudWatch's own bytes",
        ),
        (amount(LOG_COMPRESSED), "part of a log's bytes that is stored, after compression"),
        (
            format!("{TABLE_KEY_MINUTES} min"),
            "between two KMS requests of DynamoDB for the table's key, for each connection in use; a running function has one",
        ),
        (amount(ORDERS_A_PERSON), "orders of a seller in all; the daily pass reads every account"),
        (format!("{MONTHS_KEPT} months"), "of orders in the table: jobs and ledger entries are never deleted"),
        (format!("{FARGATE_VCPU} vCPU, {FARGATE_GB} GB"), "the Fargate task, on arm64"),
        (format!("t4g.small, {DISK_GB} GB"), "the instance and its disk"),
    ];
    let rows: Vec<_> = rows.into_iter().map(|(value, what)| vec![what.to_owned(), value]).collect();
    table(&["what", ">assumed"], &rows)
}

/// The price list, with its sources.
pub fn prices(page: &Page) -> String {
    let mut text = paragraph(&format!(
        "The prices are those of us-east-1, on demand, in US dollars before tax, read on {}. AWS's own pages could not be \
         reached then. *seen* names the copy or article that a price agrees with; some are years old. *known* marks a price that \
         was found nowhere: check it first. *free* is free each month without an end date, once for each AWS account; free \
         trials of new accounts are not counted.",
        page.prices.read_on
    ));
    let rows = page.prices.price.iter().map(|price| {
        let per = if price.per > 1.0 { format!("{} {}", amount(price.per), price.unit) } else { price.unit_of(1.0) };
        let free = if price.free > 0.0 { amount(price.free) } else { String::new() };
        let seen = if price.seen.is_empty() { "known" } else { &price.seen };
        vec![format!("[{}]({})", price.name, price.page), format!("${}", price.dollars), per, free, seen.to_owned()]
    });
    text += "\n";
    text += &table(&["price", ">$", "per", ">free", "seen"], &rows.collect::<Vec<_>>());
    text += "\n";
    text += &paragraph(
        "These are free: the schedule's rule in EventBridge, the secrets' standard parameter in SSM, log groups, metric filters \
         (their metrics are not), roles, requests to function URLs beyond the invocation, and the bucket's lifecycle. Alarm \
         mails are free up to a thousand a month. Not counted: queries of logs with Insights ($0.005 a GB read), reads of \
         metrics by an API, tax, the prompt writer, the operator's work.",
    );
    text
}

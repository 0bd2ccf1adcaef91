//! What is assumed, and the price list.

use super::{
    Page,
    text::{amount, paragraph, table},
};
use crate::assumptions::{
    COMPUTING, DISK_GB, FARGATE_GB, FARGATE_VCPU, HEADER_BYTES, LATENCIES, LINE_BYTES, LINE_IDS_BYTES, LOG_COMPRESSED,
    MONTHS_KEPT, ORDERS_A_PERSON, PHOTO_BYTES, PLATFORM_BYTES, POLL_SECS, POLLERS, START, SWEEPER_STARTS_A_DAY,
    TABLE_KEY_MINUTES, VIDEO_BYTES,
};

/// How long calls take.
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

/// Everything else.
pub fn others() -> String {
    let rows = [
        (format!("{} ms", COMPUTING.as_millis()), "computing in an invocation, besides waiting"),
        (
            format!("{} ms", START.as_millis()),
            "start of a new process, billed; each function an order needs starts one, as it does where orders are rare",
        ),
        (amount(SWEEPER_STARTS_A_DAY), "new processes of the sweeper a day"),
        (format!("{} MB", amount(VIDEO_BYTES / 1e6)), "a video"),
        (format!("{} MB", amount(PHOTO_BYTES / 1e6)), "a photo"),
        (format!("{} bytes", amount(HEADER_BYTES as f64)), "headers of a request that leaves AWS, or of an answer"),
        (
            format!("{POLLERS} × {POLL_SECS} s"),
            "pollers of Lambda on an idle queue, and how long each waits. AWS documents that a standard queue begins with five at once, not how long a poll is",
        ),
        (
            format!("{} + 3 × {LINE_BYTES} bytes", amount(PLATFORM_BYTES)),
            "Lambda's own START, END and REPORT lines of an invocation",
        ),
        (
            format!("{} bytes", amount(LINE_IDS_BYTES + LINE_BYTES)),
            "a line more than measured: the ids of invocation and trace, and what CloudWatch adds",
        ),
        (amount(LOG_COMPRESSED), "what is left of a log byte in storage"),
        (
            format!("{TABLE_KEY_MINUTES} min"),
            "between two KMS requests of DynamoDB for the table's key, for a connection in use; a function that runs has one",
        ),
        (amount(ORDERS_A_PERSON), "orders of a person, over all; the daily pass reads every account"),
        (format!("{MONTHS_KEPT} months"), "of orders in the table: nothing of a job or the ledger is ever deleted"),
        (format!("{FARGATE_VCPU} vCPU, {FARGATE_GB} GB"), "the Fargate task; arm64"),
        (format!("t4g.small, {DISK_GB} GB"), "the instance and its disk"),
    ];
    let rows: Vec<_> = rows.into_iter().map(|(value, what)| vec![what.to_owned(), value]).collect();
    table(&["what", ">assumed"], &rows)
}

/// The price list.
pub fn prices(page: &Page) -> String {
    let mut text = paragraph(&format!(
        "us-east-1, on demand, US dollars before tax. Read on {}. AWS's own pages were out of reach then: *seen* is the copy or article that \
         a price agrees with, some of them years old; *known* is one found nowhere, so check it first. *Free* is free each month for good, for all \
         of an account together; what a new account gets for a time is not counted.",
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
        "Without a price: the schedule's rule in EventBridge, the secrets' standard parameter in SSM, log groups, metric filters (their metrics have one), roles, \
         requests to the functions' addresses beyond their invocation, and the bucket's lifecycle. Alarm mails are free up to a thousand a \
         month. Not counted: looking at logs with Insights ($0.005 a GB read), at metrics by an API, tax, the prompt writer, the operator.",
    );
    text
}

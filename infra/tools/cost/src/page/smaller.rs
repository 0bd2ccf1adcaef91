//! The section of docs/cost.md with the ways to lower the cost.

use testkit::requests::Service;

use super::{
    Page, THOUSAND,
    text::{amount, dollars, paragraph},
};
use crate::template::BilledTemplate as _;
use crate::{
    assumptions::{PHOTO_BYTES, VIDEO_BYTES, latency},
    bill::{GB, gb_seconds},
    call::Call,
    prices::Item,
};

/// The minutes between two sweeps in the example of rarer sweeps.
const RARER: f64 = 5.0;
/// Days that the bucket must keep a video: as long as its dead letter may stay in the parked queue.
const VIDEO_DAYS: f64 = 14.0;

/// The list of ways to lower the cost: of an idle month first, then of an order.
///
/// # Errors
/// prices.toml lacks the price of an item, or the template lacks a fact.
pub fn ways(page: &Page) -> Result<String, String> {
    let idle = idle(page)?;
    let order = order(page)?;
    Ok([idle, order].concat().iter().map(|way| format!("- {}", paragraph(way).trim_end().replace('\n', "\n  ") + "\n")).collect())
}

fn idle(page: &Page) -> Result<Vec<String>, String> {
    let price = |item: Item| Ok::<_, String>(page.prices.price(item)?.of(page.bill.idle.get(&item).copied().unwrap_or_default()));
    let of_sweeps =
        [Item::LambdaArm64, Item::LambdaX86, Item::LambdaRequests, Item::ReadUnits, Item::LogsIngested, Item::LogsStored];
    let sweeps = of_sweeps.into_iter().map(price).sum::<Result<f64, _>>()? * (1.0 - 1.0 / RARER);
    Ok(vec![
        format!(
            "**Dashboard and alarms** ({} and {}) are most of the cost of an idle month. An AWS account without other alarms \
             pays only for the alarms beyond ten metrics. Each is a resource of `infra/template.yaml`. Keep `sweeper-silent`, \
             `invariant-violated` and `parked`: only they report failures that the bot does not repair itself.",
            dollars(price(Item::Dashboards)?),
            dollars(price(Item::AlarmMetrics)?),
        ),
        format!(
            "**Polls** ({}) cannot be made rarer. A stage that is not in use needs none: disable its four queue mappings, or run `make destroy`.",
            dollars(price(Item::SqsRequests)?),
        ),
        format!(
            "**Sweeps** every {RARER} minutes instead of every minute (`SweepSchedule`) save {}. The sweeper then finds lost \
             messages later, and the alarm `sweeper-silent` must wait longer.",
            dollars(sweeps),
        ),
    ])
}

fn order(page: &Page) -> Result<Vec<String>, String> {
    let video = VIDEO_BYTES / GB;
    let out = page.prices.price(Item::TransferOut)?.of(video) * THOUSAND;
    let storage = page.prices.price(Item::S3Storage)?;
    let days = page.template.number("VideoRetentionDays")?;
    let kept = storage.of(video * (days - VIDEO_DAYS).max(0.0) / 30.0) * THOUSAND;
    let (arm, x86) = (page.prices.price(Item::LambdaArm64)?, page.prices.price(Item::LambdaX86)?);
    let time = page.bill.one().get(&Item::LambdaArm64).copied().unwrap_or_default();
    let workers = gb_seconds(&page.phases.order, &page.template)?;
    let workers: f64 =
        workers.iter().filter(|(function, _)| ["generator", "sender"].contains(function)).map(|(_, time)| time).sum();
    let writer = Call { caller: "generator", service: Service::Writer, operation: "completions".to_owned() };
    let writer = latency(&writer).as_secs_f64() * page.template.memory_mb("generator")? / 1024.0;
    Ok(vec![
        format!(
            "**The transfer of the video** ({} for a thousand at {} MB) grows with the video: a lower resolution in \
             `infra/catalog.toml` is cheaper here and at KIE. The transfer of the photo costs {} for a thousand.",
            dollars(out),
            amount(VIDEO_BYTES / 1e6),
            dollars(page.prices.price(Item::TransferOut)?.of(PHOTO_BYTES / GB) * THOUSAND),
        ),
        format!(
            "**Videos kept** for {VIDEO_DAYS} days instead of {} (`VideoRetentionDays`) save {} for a thousand. Telegram keeps \
             its own copy, from which a seller gets the video again. The copy in the bucket is for the replay of a parked \
             letter, and letters stay for 14 days.",
            amount(days),
            dollars(kept),
        ),
        format!(
            "**Memory of the workers** (`WorkerMemoryMb`): the workers mostly wait, so half the memory saves {} for a thousand, \
             if it still suffices to stream a video. The dashboard's graph of the longest invocation shows that.",
            dollars(arm.of(workers / 2.0) * THOUSAND),
        ),
        format!(
            "**Without a prompt writer** (`LlmApiUrl` empty, the default) a thousand orders cost {} less than here: the measured order has one.",
            dollars(arm.of(writer) * THOUSAND),
        ),
        format!(
            "**arm64** is the processor of all figures. On x86_64 the same time costs {} for a thousand instead of {}.",
            dollars(x86.of(time) * THOUSAND),
            dollars(arm.of(time) * THOUSAND),
        ),
    ])
}

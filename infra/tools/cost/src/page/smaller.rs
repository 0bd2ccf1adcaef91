//! What may be turned off, and what that saves.

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

/// Sweeps that are this much rarer.
const RARER: f64 = 5.0;
/// Days that a video need not be kept longer: as long as its letter may lie in the parked queue.
const VIDEO_DAYS: f64 = 14.0;

/// The ways, those that save most first.
///
/// # Errors
/// Something has no price, or is not in the template.
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
            "**Dashboard and alarms** ({} and {}) are most of an idle month, and an account that has no others pays only for the alarms beyond \
             ten metrics. Each is a resource of `infra/template.yaml`. Keep `sweeper-silent`, `law-broken` and `parked`: without them nobody \
             hears of what does not mend itself.",
            dollars(price(Item::Dashboards)?),
            dollars(price(Item::AlarmMetrics)?),
        ),
        format!(
            "**Polls** ({}) cannot be made rarer. A stage that is not used needs none: disable its four queue mappings, or `make destroy` it.",
            dollars(price(Item::SqsRequests)?),
        ),
        format!(
            "**Sweeps** every {RARER} minutes instead of one (`SweepSchedule`) save {}; whatever was lost on the way is then found as much later, \
             and the alarm `sweeper-silent` has to wait as long.",
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
            "**The video's way out** ({} a thousand at {} MB) grows with the video: a lower resolution in `infra/catalog.toml` is cheaper here \
             and at KIE. The photo is {} a thousand.",
            dollars(out),
            amount(VIDEO_BYTES / 1e6),
            dollars(page.prices.price(Item::TransferOut)?.of(PHOTO_BYTES / GB) * THOUSAND),
        ),
        format!(
            "**Videos kept** for {VIDEO_DAYS} days instead of {} (`VideoRetentionDays`) save {} a thousand. Telegram keeps its own, from which \
             a seller gets it once more; the bucket's is for the replay of a parked letter, and letters stay for 14 days.",
            amount(days),
            dollars(kept),
        ),
        format!(
            "**Memory of the workers** (`WorkerMemoryMb`): they wait, and half of it saves {} a thousand, as long as a video still streams \
             through. The graph of the longest invocation tells.",
            dollars(arm.of(workers / 2.0) * THOUSAND),
        ),
        format!(
            "**Without a prompt writer** (`LlmApiUrl` empty, the default) an order is {} a thousand cheaper than here, which has one.",
            dollars(arm.of(writer) * THOUSAND),
        ),
        format!(
            "**arm64** is what is counted here. On x86_64 the same time is {} a thousand instead of {}.",
            dollars(x86.of(time) * THOUSAND),
            dollars(arm.of(time) * THOUSAND),
        ),
    ])
}

//! The sections of docs/cost.md about KIE: its price of each offered row, and the preparation of the photo that KIE gets.

use domain::catalog::Catalog;

use super::{
    Page, THOUSAND,
    text::{amount, dollars, paragraph, table},
};
use crate::template::BilledTemplate as _;
use crate::{
    assumptions::{LARGEST_PHOTO_CPU_SECS, PHOTO_COMMAND, PROCESSOR_MB, USUAL_PHOTO_CPU_SECS},
    prices::Item,
};

/// The least and the greatest price at KIE of an offered row's default length, in US dollars; `None` if no row is offered.
pub fn range(catalog: &Catalog) -> Option<(f64, f64)> {
    let costs = || catalog.offered().map(|row| catalog.cost_usd(&row.default_length()));
    Some((costs().reduce(f64::min)?, costs().reduce(f64::max)?))
}

/// The table of all offered rows and lengths.
pub fn offered(page: &Page) -> String {
    let catalog = &page.catalog;
    let rows = catalog.offered().flat_map(|row| {
        row.lengths.iter().map(move |length| {
            let credits = length.credits.0;
            vec![
                format!("`{}`, {} s", row.id, length.secs),
                row.model.clone(),
                amount(length.kie_credits),
                dollars(catalog.cost_usd(length)),
                credits.to_string(),
                dollars(f64::from(credits) * catalog.usd_per_credit_min),
            ]
        })
    });
    let rows: Vec<_> = rows.collect();
    let text = paragraph(&format!(
        "The prices are those of `infra/catalog.toml`, read on {}; a credit of KIE costs ${}. A seller's credit brings ${} at \
         least (`usd_per_credit_min`). The first length of a row is its default. A repeated attempt is a task of its own, and \
         the last attempt may be made by the spare row at the spare's price.",
        catalog.priced_on, catalog.kie_credit_usd, catalog.usd_per_credit_min,
    ));
    let table = table(&["offered row", "model", ">KIE's credits", ">KIE's price", ">credits", ">they bring"], &rows);
    format!("{text}\n{table}")
}

/// What preparing a photo takes: processor time, its price, and the time of a whole batch.
///
/// # Errors
/// The template lacks the generator, its memory or a parameter, or prices.toml lacks a price.
pub fn preparation(page: &Page) -> Result<String, String> {
    let memory = page.template.memory_mb("generator")?;
    let (batch, timeout) = (page.template.number("BatchSize")?, page.template.number("WorkerTimeoutSecs")?);
    let share = (memory / PROCESSOR_MB).min(1.0);
    let price = page.prices.price(Item::LambdaArm64)?;
    let photos =
        [("a 12 MP JPEG, a phone's usual photo", USUAL_PHOTO_CPU_SECS), ("a 50 MP JPEG, the largest", LARGEST_PHOTO_CPU_SECS)];
    let rows = photos.map(|(photo, cpu)| {
        let alone = cpu / share;
        vec![
            photo.to_owned(),
            format!("{cpu} s"),
            format!("{alone:.1} s"),
            format!("{:.1} s", batch * alone),
            dollars(price.of(alone * memory / 1024.0) * THOUSAND),
        ]
    });
    let head = [
        "photo".to_owned(),
        ">processor time".to_owned(),
        ">one preparation".to_owned(),
        format!(">{} side by side", amount(batch)),
        ">list price of a thousand".to_owned(),
    ];
    let text = paragraph(&format!(
        "The generator decodes and encodes each photo. `{PHOTO_COMMAND}` measures the processor time, in a release build; the \
         figures are one measurement on a shared x86-64 core. With {} MB a function has {share:.2} of a processor, so a \
         preparation takes longer than its processor time. A batch has {} messages at most; the worker's time-out is {} s. The \
         bill of an order above does not include this time.",
        amount(memory),
        amount(batch),
        amount(timeout),
    ));
    Ok(format!("{text}\n{}", table(&head.each_ref().map(String::as_str), &rows)))
}

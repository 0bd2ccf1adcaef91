//! The section of docs/cost.md with the measured requests, phase by phase.

use super::{
    Page,
    text::{amount, dollars, table},
};
use crate::template::BilledTemplate as _;
use crate::{
    bill::gb_seconds,
    call::{BY_ADDRESS, POLLER},
    phases::Usage,
    prices::Quantities,
};

/// The tables of all phases.
///
/// # Errors
/// prices.toml lacks the price of an item, or the template lacks a function.
pub fn phases(page: &Page) -> Result<String, String> {
    let (phases, bill) = (&page.phases, &page.bill);
    let phases_of_a_seller = [
        ("A new seller: /start, and accepting the terms", &phases.newcomer, &bill.newcomer),
        ("The conversation: kind, photo, no words, no style", &phases.conversation, &bill.conversation),
        ("An order, from confirm to capture", &phases.order, &bill.order),
        ("An order that KIE fails three times, from confirm to refund", &phases.refund, &bill.refund),
    ];
    let mut text = String::new();
    for (name, usage, quantities) in phases_of_a_seller {
        text += &phase(page, name, usage, Some(quantities))?;
    }
    text += &phase(page, &format!("{} sweeps without an open job", phases.sweeps), &phases.idle, None)?;
    text += &phase(page, "The daily pass over the money invariants, with one account", &phases.pass, None)?;
    Ok(text)
}

fn phase(page: &Page, name: &str, usage: &Usage, quantities: Option<&Quantities>) -> Result<String, String> {
    let mut text = format!("### {name}\n\n");
    if let Some(quantities) = quantities {
        text += &format!("List price: {}.\n\n", dollars(page.prices.total(quantities)?));
    }
    let units = |units: f64| if units > 0.0 { amount(units) } else { String::new() };
    let rows = usage.calls.iter().map(|(call, count)| {
        let name = format!("{} · {} {}", caller_name(call.caller), call.service.name(), call.operation);
        vec![name, count.requests.to_string(), units(count.units.read), units(count.units.write)]
    });
    text += &table(&["call", ">requests", ">read units", ">write units"], &rows.collect::<Vec<_>>());
    let mut rows = Vec::new();
    for (function, time) in gb_seconds(usage, &page.template)? {
        let run = usage.runs.get(function).copied().unwrap_or_default();
        let memory = page.template.memory_mb(function)?;
        rows.push(vec![
            function.to_owned(),
            amount(memory),
            run.invocations.to_string(),
            amount(run.ms as f64),
            format!("{time:.3}"),
        ]);
    }
    if !rows.is_empty() {
        text += "\n";
        text += &table(&["function", ">MB", ">invocations", ">ms waited", ">GB-seconds"], &rows);
    }
    if usage.lines > 0 {
        text += &format!("\n{} log lines, {} bytes.", usage.lines, amount(usage.log_bytes as f64));
        if !usage.metrics.is_empty() {
            text += &format!(" Metrics: {}.", usage.metrics.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        }
        text += "\n";
    }
    Ok(text + "\n")
}

fn caller_name(caller: &'static str) -> &'static str {
    match caller {
        POLLER => "Lambda's poller",
        BY_ADDRESS => "KIE, Telegram",
        function => function,
    }
}

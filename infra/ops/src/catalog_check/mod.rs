//! Compares the catalog's rows with what KIE says about their models today: the schema, the price and the success rate.
//!
//! KIE renames, changes and removes models without notice. A difference is listed and is no failure: the rows work until KIE refuses
//! them, and an operator decides what to do. The comparison is pure; [`check`] reads KIE.

mod fields;
mod finding;
mod price;
mod report;
mod schema;
mod value;

use std::collections::BTreeMap;

use adapters::kie::{DISCOVERY_PACE, DiscoveryError, Kie, PollError};
use domain::catalog::{Catalog, Product};
use serde_json::Value;

use crate::context::OpsError;

pub use finding::{Finding, Weight};
pub use report::{CatalogChecked, RowChecked};

/// A model with a lower share of succeeded tasks in the last 24 hours is listed, in percent.
pub const SUCCESS_MIN_PERCENT: f64 = 80.0;
/// Most reads of one part of a model. A read is repeated if KIE was busy or was not reached.
const READS_MAX: usize = 3;

const ADVICE_KEY: &str = "Check KIE_API_KEY and the key's limits in KIE's console; make secrets STAGE=... replaces the key.";
const ADVICE_AGAIN: &str = "Check the network, and KIE_API_URL if it is set, and run this again: it changes nothing.";

/// What KIE says about a model. A part that was not read is an error.
#[derive(Clone, Debug)]
pub struct LiveModel {
    /// The OpenAPI document, if KIE has one.
    pub schema: Result<Option<Value>, DiscoveryError>,
    /// The text with the prices, if KIE has one.
    pub price: Result<Option<String>, DiscoveryError>,
    /// The share of succeeded tasks in percent, if there were tasks.
    pub success_percent: Result<Option<f64>, DiscoveryError>,
}

/// Reads every model of the catalog at KIE, a second apart, and compares the rows.
///
/// # Errors
/// KIE refuses the key, or nothing at all was read.
pub async fn check(kie: &Kie, catalog: &Catalog) -> Result<CatalogChecked, OpsError> {
    let mut models: BTreeMap<&str, LiveModel> = BTreeMap::new();
    for row in catalog.products() {
        if !models.contains_key(row.model.as_str()) {
            models.insert(&row.model, read_model(kie, &row.model).await?);
        }
    }
    if let Some(error) =
        models.values().map(nothing_read).collect::<Option<Vec<_>>>().and_then(|errors| errors.into_iter().next())
    {
        return Err(OpsError::new(format!("the catalog was not compared: {error}"), ADVICE_AGAIN));
    }
    let rows = catalog.products().iter().filter_map(|row| Some(compare(row, models.get(row.model.as_str())?)));
    Ok(CatalogChecked { rows: rows.collect() })
}

/// Compares a row with its model.
#[must_use]
pub fn compare(row: &Product, live: &LiveModel) -> RowChecked {
    let success_percent = live.success_percent.as_ref().ok().copied().flatten();
    let mut findings = Vec::new();
    if live.schema == Err(DiscoveryError::UnknownModel) {
        findings.push(Finding::new(Weight::Difference, format!("model: KIE has no model {:?}", row.model)));
    } else {
        findings.extend(match &live.schema {
            Ok(Some(document)) => fields::compare_fields(row, document),
            Ok(None) => vec![Finding::new(Weight::Unread, "schema: KIE has no schema of this model")],
            Err(error) => vec![unread("schema", error)],
        });
        findings.extend(match &live.price {
            Ok(text) => price::compare_price(row, text.as_deref()),
            Err(error) => vec![unread("price", error)],
        });
        findings.extend(live.success_percent.as_ref().err().map(|error| unread("success rate", error)));
        let low = success_percent.filter(|percent| *percent < SUCCESS_MIN_PERCENT);
        findings.extend(low.map(|percent| {
            let what =
                format!("success rate: {percent:.0} % of the last 24 hours' tasks succeeded, under {SUCCESS_MIN_PERCENT:.0} %");
            Finding::new(Weight::Warning, what)
        }));
    }
    RowChecked { row: row.id.clone(), model: row.model.clone(), success_percent, findings }
}

fn unread(part: &str, error: &DiscoveryError) -> Finding {
    Finding::new(Weight::Unread, format!("{part}: not read: {error}"))
}

/// The first error if no part of the model was read.
fn nothing_read(live: &LiveModel) -> Option<&DiscoveryError> {
    let first = live.schema.as_ref().err().filter(|error| **error != DiscoveryError::UnknownModel)?;
    (live.price.is_err() && live.success_percent.is_err()).then_some(first)
}

async fn read_model(kie: &Kie, model: &str) -> Result<LiveModel, OpsError> {
    let schema = read(async || kie.model_schema(model).await).await?;
    if schema == Err(DiscoveryError::UnknownModel) {
        return Ok(LiveModel { schema, price: Ok(None), success_percent: Ok(None) });
    }
    let price = read(async || kie.model_price(model).await).await?;
    let success_percent = read(async || kie.model_success_percent(model).await).await?;
    Ok(LiveModel { schema, price, success_percent })
}

/// Reads one part of a model, and waits as long as KIE wants between two reads. The outer error ends the command.
async fn read<T>(part: impl AsyncFn() -> Result<T, DiscoveryError>) -> Result<Result<T, DiscoveryError>, OpsError> {
    let mut answer = part().await;
    for _ in 1..READS_MAX {
        tokio::time::sleep(DISCOVERY_PACE).await;
        match answer {
            Err(DiscoveryError::Unread(PollError::RateLimited | PollError::Transient(_))) => answer = part().await,
            _ => break,
        }
    }
    match answer {
        Err(DiscoveryError::Unread(error @ PollError::Account(_))) => Err(OpsError::new(error.to_string(), ADVICE_KEY)),
        answer => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> LiveModel {
        LiveModel { schema: Ok(None), price: Ok(None), success_percent: Ok(Some(99.0)) }
    }

    fn found(live: &LiveModel) -> Vec<String> {
        let catalog = Catalog::built_in().unwrap();
        compare(&catalog.products()[0], live).findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_part_that_kie_does_not_have_or_that_was_not_read_is_said() {
        let nothing = ["not compared schema: KIE has no schema of this model", "not compared price: KIE gives no text"];
        assert_eq!(found(&live()), nothing);
        let unread = LiveModel { price: Err(PollError::RateLimited.into()), ..live() };
        assert_eq!(
            found(&unread)[1],
            "not compared price: not read: KIE refused the read because of too many calls; read again later"
        );
    }

    #[test]
    fn a_gone_model_is_one_difference_and_a_failing_model_a_warning() {
        let gone = LiveModel { schema: Err(DiscoveryError::UnknownModel), ..live() };
        assert_eq!(found(&gone), ["difference   model: KIE has no model \"grok-imagine/image-to-video\""]);
        let failing = LiveModel { success_percent: Ok(Some(61.4)), ..live() };
        let expected = "warning      success rate: 61 % of the last 24 hours' tasks succeeded, under 80 %";
        assert_eq!(found(&failing)[2], expected);
    }
}

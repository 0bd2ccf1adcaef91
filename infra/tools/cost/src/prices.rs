//! The price list, prices.toml.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// What has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Invocations.
    LambdaRequests,
    /// GB-seconds on arm64.
    LambdaArm64,
    /// GB-seconds on x86_64.
    LambdaX86,
    /// Calls of SQS, empty polls too.
    SqsRequests,
    /// DynamoDB's write units.
    WriteUnits,
    /// And its read units.
    ReadUnits,
    /// GB-months in the table.
    TableStorage,
    /// GB-months that can be restored to any second.
    TableRecovery,
    /// Objects put.
    S3Writes,
    /// Objects got, or asked about.
    S3Reads,
    /// GB-months in the bucket.
    S3Storage,
    /// GB that leave AWS.
    TransferOut,
    /// GB written into logs.
    LogsIngested,
    /// GB-months of logs kept.
    LogsStored,
    /// Metrics of our own that had a value.
    CustomMetrics,
    /// Metrics that an alarm watches.
    AlarmMetrics,
    /// Dashboards.
    Dashboards,
    /// Calls of KMS, ours and DynamoDB's for us.
    KmsRequests,
    /// Hours of a Fargate processor.
    FargateVcpuHours,
    /// Hours of a gigabyte of its memory.
    FargateGbHours,
    /// Hours of the small instance.
    InstanceHours,
    /// GB-months of its disk.
    DiskStorage,
    /// Hours of a public address.
    AddressHours,
}

/// How much of each.
pub type Quantities = BTreeMap<Item, f64>;

/// One price.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of what.
    pub item: Item,
    /// What it is called.
    pub name: String,
    /// How many of the unit it is for.
    pub per: f64,
    /// What is counted.
    pub unit: String,
    /// US dollars.
    pub dollars: f64,
    /// How much is free each month, for good.
    pub free: f64,
    /// Where AWS says so.
    pub page: String,
    /// Where it was read; empty if nowhere.
    pub seen: String,
}

impl Price {
    /// What so much costs.
    #[must_use]
    pub fn of(&self, quantity: f64) -> f64 {
        quantity / self.per * self.dollars
    }

    /// What so many are called.
    #[must_use]
    pub fn unit_of(&self, quantity: f64) -> String {
        let (first, rest) = self.unit.split_once(' ').unwrap_or((&self.unit, ""));
        let first = if quantity == 1.0 { first.trim_end_matches('s') } else { first };
        format!("{first} {rest}").trim_end().to_owned()
    }
}

/// What KIE takes for a video, in dollars.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KiePrices {
    /// When it was read.
    pub read_on: String,
    /// A Neurocard.
    pub neurocard: f64,
    /// A Reels.
    pub reels: f64,
}

/// All prices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// When they were read.
    pub read_on: String,
    /// AWS's.
    pub price: Vec<Price>,
    /// KIE's.
    pub kie: KiePrices,
}

impl Prices {
    /// The list.
    ///
    /// # Errors
    /// It cannot be read, or has a thing twice.
    pub fn read() -> Result<Self, String> {
        let prices: Self = toml::from_str(include_str!("prices.toml")).map_err(|error| format!("prices.toml: {error}"))?;
        let mut seen = BTreeSet::new();
        match prices.price.iter().find(|price| !seen.insert(price.item)) {
            Some(twice) => Err(format!("prices.toml has {:?} twice", twice.item)),
            None => Ok(prices),
        }
    }

    /// The price of an item.
    ///
    /// # Errors
    /// It has none.
    pub fn price(&self, item: Item) -> Result<&Price, String> {
        self.price.iter().find(|price| price.item == item).ok_or_else(|| format!("prices.toml has no {item:?}"))
    }

    /// What all this costs by the list.
    ///
    /// # Errors
    /// Something has no price.
    pub fn total(&self, quantities: &Quantities) -> Result<f64, String> {
        quantities.iter().map(|(item, quantity)| Ok(self.price(*item)?.of(*quantity))).sum()
    }

    /// What is left of it where an account's free quantities are used for nothing else.
    ///
    /// # Errors
    /// Something has no price.
    pub fn beyond_free(&self, quantities: &Quantities) -> Result<Quantities, String> {
        let beyond = |(item, quantity): (&Item, &f64)| Ok((*item, (quantity - self.price(*item)?.free).max(0.0)));
        quantities.iter().map(beyond).collect()
    }
}

/// Both together.
#[must_use]
pub fn sum(left: &Quantities, right: &Quantities) -> Quantities {
    let mut sum = left.clone();
    for (item, quantity) in right {
        *sum.entry(*item).or_default() += quantity;
    }
    sum
}

/// So many times as much.
#[must_use]
pub fn times(quantities: &Quantities, factor: f64) -> Quantities {
    quantities.iter().map(|(item, quantity)| (*item, quantity * factor)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_taken_off_once_and_never_more() {
        let prices = Prices::read().unwrap();
        let used = Quantities::from([(Item::SqsRequests, 3_500_000.0), (Item::Dashboards, 1.0)]);
        assert!((prices.total(&used).unwrap() - (1.4 + 3.0)).abs() < 1e-9);
        assert!((prices.total(&prices.beyond_free(&used).unwrap()).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn each_price_says_where_aws_has_it() {
        for price in Prices::read().unwrap().price {
            assert!(price.page.starts_with("https://aws.amazon.com/"), "{price:?}");
            assert!(price.dollars > 0.0 && price.per > 0.0 && price.free >= 0.0, "{price:?}");
        }
    }
}

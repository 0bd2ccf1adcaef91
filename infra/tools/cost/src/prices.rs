//! The price list of prices.toml.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// An item that AWS bills.
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
    /// Write units of DynamoDB.
    WriteUnits,
    /// Read units of DynamoDB.
    ReadUnits,
    /// GB-months in the table.
    TableStorage,
    /// GB-months of the table's point-in-time recovery.
    TableRecovery,
    /// PUT requests of S3.
    S3Writes,
    /// GET and HEAD requests of S3.
    S3Reads,
    /// GB-months in the bucket.
    S3Storage,
    /// GB that leave AWS.
    TransferOut,
    /// GB written to CloudWatch Logs.
    LogsIngested,
    /// GB-months stored in CloudWatch Logs.
    LogsStored,
    /// Custom metrics that had a value in the month.
    CustomMetrics,
    /// Metrics that an alarm watches.
    AlarmMetrics,
    /// Dashboards.
    Dashboards,
    /// Calls of KMS, by our functions and by DynamoDB for our table.
    KmsRequests,
    /// Hours of a Fargate processor.
    FargateVcpuHours,
    /// Hours of a gigabyte of Fargate memory.
    FargateGbHours,
    /// Hours of a t4g.small instance.
    InstanceHours,
    /// GB-months of the instance's disk.
    DiskStorage,
    /// Hours of a public IPv4 address.
    AddressHours,
}

/// The quantity of each billed item, in the unit of its price.
pub type Quantities = BTreeMap<Item, f64>;

/// The price of one item.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The billed item.
    pub item: Item,
    /// The name of the item on the page.
    pub name: String,
    /// How many units the price is for.
    pub per: f64,
    /// The unit that is counted, in the plural.
    pub unit: String,
    /// The price of `per` units, in US dollars.
    pub dollars: f64,
    /// How many units are free each month, without an end date.
    pub free: f64,
    /// The address of AWS's page with the price.
    pub page: String,
    /// The copy or article in which the price was read; empty if it was found nowhere.
    pub seen: String,
}

impl Price {
    /// The price of a quantity, in US dollars.
    #[must_use]
    pub fn of(&self, quantity: f64) -> f64 {
        quantity / self.per * self.dollars
    }

    /// The unit, in the singular for a quantity of 1.
    #[must_use]
    pub fn unit_of(&self, quantity: f64) -> String {
        let (first, rest) = self.unit.split_once(' ').unwrap_or((&self.unit, ""));
        let first = if quantity == 1.0 { first.trim_end_matches('s') } else { first };
        format!("{first} {rest}").trim_end().to_owned()
    }
}

/// AWS's price list. KIE's prices are in `infra/catalog.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The date on which AWS's prices were read.
    pub read_on: String,
    /// AWS's prices.
    pub price: Vec<Price>,
}

impl Prices {
    /// Reads the price list.
    ///
    /// # Errors
    /// prices.toml has another form, or has an item twice.
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
    /// prices.toml has no price of the item.
    pub fn price(&self, item: Item) -> Result<&Price, String> {
        self.price.iter().find(|price| price.item == item).ok_or_else(|| format!("prices.toml has no price of {item:?}: add one"))
    }

    /// The list price of quantities, in US dollars.
    ///
    /// # Errors
    /// prices.toml lacks the price of an item.
    pub fn total(&self, quantities: &Quantities) -> Result<f64, String> {
        quantities.iter().map(|(item, quantity)| Ok(self.price(*item)?.of(*quantity))).sum()
    }

    /// The quantities less the free quantities of an AWS account that runs nothing else.
    ///
    /// # Errors
    /// prices.toml lacks the price of an item.
    pub fn beyond_free(&self, quantities: &Quantities) -> Result<Quantities, String> {
        let beyond = |(item, quantity): (&Item, &f64)| Ok((*item, (quantity - self.price(*item)?.free).max(0.0)));
        quantities.iter().map(beyond).collect()
    }
}

/// The sum of two sets of quantities.
#[must_use]
pub fn sum(left: &Quantities, right: &Quantities) -> Quantities {
    let mut sum = left.clone();
    for (item, quantity) in right {
        *sum.entry(*item).or_default() += quantity;
    }
    sum
}

/// Every quantity times a factor.
#[must_use]
pub fn times(quantities: &Quantities, factor: f64) -> Quantities {
    quantities.iter().map(|(item, quantity)| (*item, quantity * factor)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_quantities_are_subtracted_once_and_never_below_zero() {
        let prices = Prices::read().unwrap();
        let used = Quantities::from([(Item::SqsRequests, 3_500_000.0), (Item::Dashboards, 1.0)]);
        assert!((prices.total(&used).unwrap() - (1.4 + 3.0)).abs() < 1e-9);
        assert!((prices.total(&prices.beyond_free(&used).unwrap()).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn each_price_names_its_page_at_aws() {
        for price in Prices::read().unwrap().price {
            assert!(price.page.starts_with("https://aws.amazon.com/"), "{price:?}");
            assert!(price.dollars > 0.0 && price.per > 0.0 && price.free >= 0.0, "{price:?}");
        }
    }
}

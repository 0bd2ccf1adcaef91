//! Writes docs/cost.md.

mod assumed;
mod kie;
mod measured;
mod months;
mod smaller;
mod text;
mod why;

use std::path::PathBuf;

use domain::catalog::Catalog;
use testkit::template::Template;

use self::text::{about, amount, dollars, paragraph, table};
use super::{
    bill::Bill,
    phases::Phases,
    prices::{Item, Prices, Quantities},
};

/// Prices are given for this many orders, because the price of one order is a tiny number.
const THOUSAND: f64 = 1_000.0;

/// The contents of the page.
pub struct Page {
    prices: Prices,
    catalog: Catalog,
    template: Template,
    phases: Phases,
    bill: Bill,
    /// The bill if every call takes twice its assumed latency.
    slow: Bill,
}

impl Page {
    /// Plays all phases and makes their bills.
    ///
    /// # Errors
    /// A phase could not be measured, prices.toml lacks the price of an item, the catalog is not valid, or the template is not for
    /// arm64.
    pub fn measured() -> Result<Self, String> {
        let (prices, template) = (Prices::read()?, Template::deployed()?);
        if template.default_of("Architecture")? != "arm64" {
            return Err(
                "docs/cost.md is written for arm64, but the template's Architecture differs: change the texts of the page first"
                    .to_owned(),
            );
        }
        let catalog = Catalog::built_in().map_err(|error| error.to_string())?;
        let phases = Phases::play(1)?;
        let bill = Bill::of(&phases, &template)?;
        let slow = Bill::of(&Phases::play(2)?, &template)?;
        Ok(Self { prices, catalog, template, phases, bill, slow })
    }

    /// The path of docs/cost.md.
    #[must_use]
    pub fn path() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs/cost.md")
    }

    /// The text of the page.
    ///
    /// # Errors
    /// prices.toml lacks the price of an item, or the template lacks a fact.
    pub fn text(&self) -> Result<String, String> {
        let parts = [
            "# What it costs\n".to_owned(),
            self.headline()?,
            paragraph(
                "`make cost` writes this page. The functions run in the sandbox, which counts their requests. The table reports \
                 the units that each request consumed. Times are virtual, with an assumed latency for each kind of call. Memory, \
                 schedule and retention come from the template. A test compares this page with a new measurement and fails when \
                 an order needs one more request.",
            ),
            "## A month without an order\n".to_owned(),
            self.idle()?,
            "## An order\n".to_owned(),
            self.order()?,
            "## KIE's price of a video\n".to_owned(),
            kie::offered(self),
            "## Preparing a photo\n".to_owned(),
            kie::preparation(self)?,
            "## Making it smaller\n".to_owned(),
            smaller::ways(self)?,
            "## Months, and an always-on worker\n".to_owned(),
            months::compared(self)?,
            "## What was measured\n".to_owned(),
            measured::phases(self)?.trim_end().to_owned() + "\n",
            "## What is assumed\n".to_owned(),
            self.assumptions()?,
            "## Prices\n".to_owned(),
            assumed::prices(self),
        ];
        Ok(parts.join("\n"))
    }

    /// The first paragraph of the page and its two bills, for a terminal.
    ///
    /// # Errors
    /// prices.toml lacks the price of an item.
    pub fn summary(&self) -> Result<String, String> {
        let mut lines = self.headline()?;
        for (name, quantities) in [("a month without an order", &self.bill.idle), ("an order", &self.bill.one())] {
            lines += &format!("\nCost of {name}:\n");
            for (item, quantity) in self.largest_first(quantities)? {
                let price = self.prices.price(item)?;
                let cost = dollars(price.of(quantity));
                lines += &format!("  {cost:>12}  {:<32} {:>12} {}\n", price.name, amount(quantity), price.unit_of(quantity));
            }
        }
        Ok(lines)
    }

    fn headline(&self) -> Result<String, String> {
        let one = self.list(&self.bill.one())?;
        let (least, most) = kie::range(&self.catalog).ok_or("the catalog offers no row")?;
        Ok(paragraph(&format!(
            "AWS costs {} for an order, from the first tap to the video in the chat: {} for a thousand orders. A month without \
             an order costs {}, or {} in an AWS account whose permanent free quantities are used for nothing else. These are the \
             list prices of us-east-1 with the template's defaults. KIE costs far more than AWS: {} to {} for a video of the \
             default length, by its price list of {}. The least of these prices is {} times the AWS cost of the order. No \
             figure of AWS below includes KIE's price or the prompt writer's.",
            dollars(one),
            dollars(one * THOUSAND),
            dollars(self.list(&self.bill.idle)?),
            dollars(self.free(&self.bill.idle)?),
            dollars(least),
            dollars(most),
            self.catalog.priced_on,
            about(least / one),
        )))
    }

    fn idle(&self) -> Result<String, String> {
        let free = self.prices.beyond_free(&self.bill.idle)?;
        let mut rows = Vec::new();
        for (item, quantity) in self.largest_first(&self.bill.idle)? {
            let price = self.prices.price(item)?;
            let beyond = free.get(&item).map_or(0.0, |quantity| price.of(*quantity));
            let cells =
                [format!("{} {}", amount(quantity), price.unit_of(quantity)), dollars(price.of(quantity)), dollars(beyond)];
            rows.push([vec![price.name.clone()], cells.to_vec(), vec![why::of_idle(self, item)?]].concat());
        }
        let (list, beyond) = (self.list(&self.bill.idle)?, self.free(&self.bill.idle)?);
        rows.push(vec!["**total**".to_owned(), String::new(), dollars(list), dollars(beyond), String::new()]);
        Ok(table(&["", ">quantity", ">list price", ">beyond the free quantity", "reason"], &rows))
    }

    fn order(&self) -> Result<String, String> {
        let mut rows = Vec::new();
        for (item, _) in self.largest_first(&self.bill.one())? {
            let price = self.prices.price(item)?;
            let of = |quantities: &Quantities| quantities.get(&item).copied().unwrap_or_default();
            let shown = |quantity: f64| if quantity > 0.0 { amount(quantity * THOUSAND) } else { String::new() };
            let [conversation, order] = [of(&self.bill.conversation), of(&self.bill.order)].map(shown);
            let cost = dollars(price.of(of(&self.bill.one())) * THOUSAND);
            rows.push(vec![price.name.clone(), conversation, order, price.unit.clone(), cost, why::of_order(self, item)?]);
        }
        let both = dollars(self.list(&self.bill.one())? * THOUSAND);
        rows.push([vec!["**total**".to_owned()], vec![String::new(); 3], vec![both, String::new()]].concat());
        let table = table(&["a thousand times", ">the conversation", ">the order", "unit", ">list price", "reason"], &rows);
        let of = |quantities: &Quantities| Ok::<_, String>(dollars(self.list(quantities)? * THOUSAND));
        let one = self.bill.one();
        let count = |item: Item| amount(one.get(&item).copied().unwrap_or_default());
        let counts = paragraph(&format!(
            "One order with its conversation needs {} invocations and {} GB-seconds, {} write units and {} read units, {} \
             requests to SQS and {} to S3.",
            count(Item::LambdaRequests),
            count(Item::LambdaArm64),
            count(Item::WriteUnits),
            count(Item::ReadUnits),
            count(Item::SqsRequests),
            amount([Item::S3Writes, Item::S3Reads].iter().filter_map(|item| one.get(item)).sum()),
        ));
        let text = paragraph(&format!(
            "Of a thousand orders the conversations cost {}, and the orders from confirm to capture {}. The first two updates \
             of a thousand new sellers cost {}. A thousand orders that KIE fails three times and that are refunded cost {}, \
             without their conversations.",
            of(&self.bill.conversation)?,
            of(&self.bill.order)?,
            of(&self.bill.newcomer)?,
            of(&self.bill.refund)?,
        ));
        Ok(format!("{counts}\n{table}\n{text}"))
    }

    fn assumptions(&self) -> Result<String, String> {
        let (one, slow) = (self.list(&self.bill.one())?, self.list(&self.slow.one())?);
        let text = paragraph(&format!(
            "The latencies of calls decide Lambda's time. If every call takes twice as long, an order costs {} instead of {}, \
             and a month without one {} instead of {}. Of the other quantities of an order, {}.",
            dollars(slow),
            dollars(one),
            dollars(self.list(&self.slow.idle)?),
            dollars(self.list(&self.bill.idle)?),
            self.changed_when_slow()?,
        ));
        Ok(format!("{text}\n{}\n{}", assumed::latencies(), assumed::others()))
    }

    /// The items of an order, other than Lambda's time, whose quantity changes if calls take twice as long.
    fn changed_when_slow(&self) -> Result<String, String> {
        let (one, slow) = (self.bill.one(), self.slow.one());
        let is_time = |item: Item| matches!(item, Item::LambdaArm64 | Item::LambdaX86);
        let differs = |item: Item| one.get(&item) != slow.get(&item) && !is_time(item);
        let changed = slow.keys().filter(|item| differs(**item));
        let names = changed.map(|item| Ok(self.prices.price(*item)?.name.as_str())).collect::<Result<Vec<_>, String>>()?;
        Ok(if names.is_empty() { "none changes".to_owned() } else { format!("these change: {}", names.join(", ")) })
    }

    fn list(&self, quantities: &Quantities) -> Result<f64, String> {
        self.prices.total(quantities)
    }

    fn free(&self, quantities: &Quantities) -> Result<f64, String> {
        self.prices.total(&self.prices.beyond_free(quantities)?)
    }

    fn largest_first(&self, quantities: &Quantities) -> Result<Vec<(Item, f64)>, String> {
        let cost = |(item, quantity): (&Item, &f64)| Ok::<_, String>((self.prices.price(*item)?.of(*quantity), *item, *quantity));
        let mut costs = quantities.iter().map(cost).collect::<Result<Vec<_>, _>>()?;
        costs.sort_by(|left, right| right.0.total_cmp(&left.0));
        Ok(costs.into_iter().map(|(_, item, quantity)| (item, quantity)).collect())
    }
}

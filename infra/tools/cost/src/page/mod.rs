//! docs/cost.md.

mod assumed;
mod measured;
mod months;
mod smaller;
mod text;
mod why;

use std::path::PathBuf;

use testkit::template::Template;

use self::text::{about, amount, dollars, paragraph, table};
use super::{
    bill::Bill,
    phases::Phases,
    prices::{Item, Prices, Quantities},
};

/// Orders that a price is easier read for than for one.
const THOUSAND: f64 = 1_000.0;

/// All that the page says.
pub struct Page {
    prices: Prices,
    template: Template,
    phases: Phases,
    bill: Bill,
    /// The same where every call takes twice as long.
    slow: Bill,
}

impl Page {
    /// Measures everything.
    ///
    /// # Errors
    /// Something could not be measured, or has no price.
    pub fn measured() -> Result<Self, String> {
        let (prices, template) = (Prices::read()?, Template::deployed()?);
        if template.default_of("Architecture")? != "arm64" {
            return Err("the page speaks of arm64: it has to be written anew for another processor".to_owned());
        }
        let phases = Phases::play(1)?;
        let bill = Bill::of(&phases, &template)?;
        let slow = Bill::of(&Phases::play(2)?, &template)?;
        Ok(Self { prices, template, phases, bill, slow })
    }

    /// Where the page is kept.
    #[must_use]
    pub fn path() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs/cost.md")
    }

    /// The page.
    ///
    /// # Errors
    /// Something has no price.
    pub fn text(&self) -> Result<String, String> {
        let parts = [
            "# What it costs\n".to_owned(),
            self.headline()?,
            paragraph(
                "Made by `make cost`: the requests are those of the functions themselves, counted on the wire of the sandbox; the table's \
                 units are what it says it consumed; the times are virtual, with an assumed duration for each kind of call; the rest is \
                 the template and the price list. A test keeps this page true, and fails when an order takes a request more.",
            ),
            "## A month without an order\n".to_owned(),
            self.idle()?,
            "## An order\n".to_owned(),
            self.order()?,
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

    /// The page's first paragraph and its two bills, for a terminal.
    ///
    /// # Errors
    /// Something has no price.
    pub fn summary(&self) -> Result<String, String> {
        let mut lines = self.headline()?;
        for (name, quantities) in [("a month without an order", &self.bill.idle), ("an order", &self.bill.one())] {
            lines += &format!("\n{name}\n");
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
        let (neurocard, reels) = (self.prices.kie.neurocard, self.prices.kie.reels);
        Ok(paragraph(&format!(
            "An order costs {} of AWS, from the first tap to the video in the chat: {} a thousand. A month without an order costs {}, or {} \
             where the free quantities that each AWS account has for good are used for nothing else. All at the list prices of us-east-1, \
             by the template's defaults. KIE takes far more than AWS for a video: {} for a Neurocard, {} times the order, and {} for a Reels, \
             by its list of {}. That is in no figure below, and neither is the prompt writer's own price.",
            dollars(one),
            dollars(one * THOUSAND),
            dollars(self.list(&self.bill.idle)?),
            dollars(self.free(&self.bill.idle)?),
            dollars(neurocard),
            about(neurocard / one),
            dollars(reels),
            self.prices.kie.read_on,
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
        rows.push(vec!["**together**".to_owned(), String::new(), dollars(list), dollars(beyond), String::new()]);
        Ok(table(&["", ">how much", ">list", ">beyond what is free", "what for"], &rows))
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
        rows.push([vec!["**together**".to_owned()], vec![String::new(); 3], vec![both, String::new()]].concat());
        let table = table(&["a thousand times", ">the conversation", ">the order", "", ">list", "what for"], &rows);
        let of = |quantities: &Quantities| Ok::<_, String>(dollars(self.list(quantities)? * THOUSAND));
        let one = self.bill.one();
        let count = |item: Item| amount(one.get(&item).copied().unwrap_or_default());
        let counts = paragraph(&format!(
            "One order with its conversation is {} invocations and {} GB-seconds, {} write units and {} read units, {} requests to SQS, {} to S3.",
            count(Item::LambdaRequests),
            count(Item::LambdaArm64),
            count(Item::WriteUnits),
            count(Item::ReadUnits),
            count(Item::SqsRequests),
            amount([Item::S3Writes, Item::S3Reads].iter().filter_map(|item| one.get(item)).sum()),
        ));
        let text = paragraph(&format!(
            "Of a thousand orders the conversation is {}, the order from confirm to capture {}. A newcomer's first two updates are {} a thousand. \
             Orders that KIE fails three times and that are refunded are {} a thousand, without their conversation.",
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
            "How long calls take decides Lambda's time. Played again with every call taking twice as long, an order costs {} instead of {}, and \
             a month without one {} instead of {}; of the order {}.",
            dollars(slow),
            dollars(one),
            dollars(self.list(&self.slow.idle)?),
            dollars(self.list(&self.bill.idle)?),
            self.changed_when_slow()?,
        ));
        Ok(format!("{text}\n{}\n{}", assumed::latencies(), assumed::others()))
    }

    /// What of an order is another quantity where calls are slow, besides Lambda's time.
    fn changed_when_slow(&self) -> Result<String, String> {
        let (one, slow) = (self.bill.one(), self.slow.one());
        let is_time = |item: Item| matches!(item, Item::LambdaArm64 | Item::LambdaX86);
        let differs = |item: Item| one.get(&item) != slow.get(&item) && !is_time(item);
        let changed = slow.keys().filter(|item| differs(**item));
        let names = changed.map(|item| Ok(self.prices.price(*item)?.name.as_str())).collect::<Result<Vec<_>, String>>()?;
        Ok(if names.is_empty() {
            "nothing else changes".to_owned()
        } else {
            format!("this changes as well: {}", names.join(", "))
        })
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

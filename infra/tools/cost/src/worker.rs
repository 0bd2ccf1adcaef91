//! The cost with one worker process that is always on, in place of Lambda. Table, queues, bucket, logs and alarms stay the same.

use super::{
    assumptions::{DAYS_A_MONTH, DISK_GB, FARGATE_GB, FARGATE_VCPU, POLLERS},
    bill::Bill,
    prices::{Item, Prices, Quantities, sum},
};

/// Hours of a month.
const HOURS: f64 = 24.0 * DAYS_A_MONTH;
/// The most orders a month that are compared.
const ORDERS_MAX: f64 = 1e8;

/// Where the worker runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    /// One Fargate task.
    Fargate,
    /// One small instance.
    Instance,
}

impl Worker {
    /// The quantities of the worker itself. It needs a public address, because Telegram and KIE call it.
    fn standing(self) -> Quantities {
        let own = match self {
            Self::Fargate => vec![(Item::FargateVcpuHours, HOURS * FARGATE_VCPU), (Item::FargateGbHours, HOURS * FARGATE_GB)],
            Self::Instance => vec![(Item::InstanceHours, HOURS), (Item::DiskStorage, DISK_GB)],
        };
        own.into_iter().chain([(Item::AddressHours, HOURS)]).collect()
    }

    /// A month with the worker and this many orders. The worker has one poller for each queue, Lambda has several.
    #[must_use]
    pub fn month(self, bill: &Bill, orders: f64) -> Quantities {
        let mut month = sum(&bill.month(orders), &self.standing());
        for item in [Item::LambdaRequests, Item::LambdaArm64, Item::LambdaX86] {
            month.remove(&item);
        }
        *month.entry(Item::SqsRequests).or_default() -= bill.polls * (1.0 - 1.0 / POLLERS);
        month
    }

    /// The number of orders a month from which on the worker is cheaper than Lambda; `None` if it never is. With `free`, the free
    /// quantities are subtracted on both sides.
    ///
    /// # Errors
    /// prices.toml lacks the price of an item.
    pub fn pays_from(self, bill: &Bill, prices: &Prices, free: bool) -> Result<Option<f64>, String> {
        let cost = |month: &Quantities| if free { prices.total(&prices.beyond_free(month)?) } else { prices.total(month) };
        let pays = |orders: f64| Ok::<_, String>(cost(&self.month(bill, orders))? < cost(&bill.month(orders))?);
        if !pays(ORDERS_MAX)? {
            return Ok(None);
        }
        let (mut low, mut high) = (0.0, ORDERS_MAX);
        while high - low > high / 1e4 {
            let middle = f64::midpoint(low, high);
            if pays(middle)? { high = middle } else { low = middle }
        }
        Ok(Some(high))
    }
}

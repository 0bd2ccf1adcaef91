//! The same with one process that is always on, in place of Lambda: same table, queues, bucket, logs, alarms.

use super::{
    assumptions::{DAYS_A_MONTH, DISK_GB, FARGATE_GB, FARGATE_VCPU, POLLERS},
    bill::Bill,
    prices::{Item, Prices, Quantities, sum},
};

/// Hours of a month.
const HOURS: f64 = 24.0 * DAYS_A_MONTH;
/// More orders than are compared.
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
    /// What it uses by itself. It needs an address, for Telegram and KIE call it.
    fn standing(self) -> Quantities {
        let own = match self {
            Self::Fargate => vec![(Item::FargateVcpuHours, HOURS * FARGATE_VCPU), (Item::FargateGbHours, HOURS * FARGATE_GB)],
            Self::Instance => vec![(Item::InstanceHours, HOURS), (Item::DiskStorage, DISK_GB)],
        };
        own.into_iter().chain([(Item::AddressHours, HOURS)]).collect()
    }

    /// A month with it and so many orders. It polls each queue once where Lambda has several pollers.
    #[must_use]
    pub fn month(self, bill: &Bill, orders: f64) -> Quantities {
        let mut month = sum(&bill.month(orders), &self.standing());
        for item in [Item::LambdaRequests, Item::LambdaArm64, Item::LambdaX86] {
            month.remove(&item);
        }
        *month.entry(Item::SqsRequests).or_default() -= bill.polls * (1.0 - 1.0 / POLLERS);
        month
    }

    /// From how many orders a month on it is cheaper, to three figures; `None` if from none that is compared.
    ///
    /// # Errors
    /// Something has no price.
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

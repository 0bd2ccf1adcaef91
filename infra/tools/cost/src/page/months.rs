//! The section of docs/cost.md that compares months with Lambda and with a worker that is always on.

use super::{
    Page,
    text::{about, amount, dollars, paragraph, table},
};
use crate::{prices::Item, worker::Worker};

/// The numbers of orders of the compared months.
const MONTHS: [f64; 4] = [0.0, 1_000.0, 10_000.0, 100_000.0];

/// The table of months, and the number of orders from which on a worker is cheaper.
///
/// # Errors
/// prices.toml lacks the price of an item.
pub fn compared(page: &Page) -> Result<String, String> {
    let mut rows = Vec::new();
    for orders in MONTHS {
        let mut cells = vec![amount(orders)];
        let month = page.bill.month(orders);
        for month in [month, Worker::Fargate.month(&page.bill, orders), Worker::Instance.month(&page.bill, orders)] {
            cells.push(dollars(page.list(&month)?));
            cells.push(dollars(page.free(&month)?));
        }
        rows.push(cells);
    }
    let head = [
        ">orders a month",
        ">this stack",
        ">beyond the free quantity",
        ">Fargate task",
        ">beyond the free quantity",
        ">t4g.small",
        ">beyond the free quantity",
    ];
    let from = |worker: Worker, free| {
        let orders = worker.pays_from(&page.bill, &page.prices, free)?;
        Ok::<_, String>(orders.map_or_else(|| "never".to_owned(), about))
    };
    let text = paragraph(&format!(
        "A worker that is always on replaces Lambda's invocations, its time and most of its polls. Table, queues, bucket, logs, \
         alarms and the data that leaves AWS stay the same. By the list prices the Fargate task is cheaper from {} orders a \
         month on, the t4g.small from {}; beyond the free quantities, from {} and {}. That is one process without a second one \
         and without a load balancer, and the operator must keep the instance's system up to date. A second process doubles its \
         cost. A month includes the storage of the items that a year of such months has left in the table, and the daily pass \
         over its accounts. With the first order a month has at least {} more custom metrics, which cost {}, less if there are \
         hours without an order. Each class of refund that happens is a metric, and so is each kind of error of KIE and \
         Telegram.",
        from(Worker::Fargate, false)?,
        from(Worker::Instance, false)?,
        from(Worker::Fargate, true)?,
        from(Worker::Instance, true)?,
        amount(page.bill.metrics_of_orders),
        dollars(page.prices.price(Item::CustomMetrics)?.of(page.bill.metrics_of_orders)),
    ));
    Ok(format!("{}\n{text}", table(&head, &rows)))
}

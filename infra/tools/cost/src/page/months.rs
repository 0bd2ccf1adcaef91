//! Months of so many orders, with Lambda and with a worker that is always on.

use super::{
    Page,
    text::{about, amount, dollars, paragraph, table},
};
use crate::{prices::Item, worker::Worker};

/// Orders in the months that are compared.
const MONTHS: [f64; 4] = [0.0, 1_000.0, 10_000.0, 100_000.0];

/// The table, and from when on a worker pays.
///
/// # Errors
/// Something has no price.
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
        ">beyond what is free",
        ">Fargate task",
        ">beyond what is free",
        ">t4g.small",
        ">beyond what is free",
    ];
    let from = |worker: Worker, free| {
        let orders = worker.pays_from(&page.bill, &page.prices, free)?;
        Ok::<_, String>(orders.map_or_else(|| "never".to_owned(), about))
    };
    let text = paragraph(&format!(
        "A worker that is always on takes Lambda's place: its invocations, its time and most of its polls. Table, queues, bucket, \
         logs, alarms and what leaves AWS stay as they are. By the list the Fargate task pays from {} orders a month, the t4g.small from \
         {}; with what is free, from {} and {}. That is one process with no second beside it and no load balancer before it, and \
         somebody who keeps its system up to date; a second one doubles the difference. A month counts what a year of such months has \
         left in the table, the daily pass over its accounts, and, as soon as there is an order, at least {} more custom metrics: {} a month, \
         less where there are hours without one. Each class of refund that happens is a metric, and each kind of KIE's and Telegram's errors.",
        from(Worker::Fargate, false)?,
        from(Worker::Instance, false)?,
        from(Worker::Fargate, true)?,
        from(Worker::Instance, true)?,
        amount(page.bill.metrics_of_orders),
        dollars(page.prices.price(Item::CustomMetrics)?.of(page.bill.metrics_of_orders)),
    ));
    Ok(format!("{}\n{text}", table(&head, &rows)))
}

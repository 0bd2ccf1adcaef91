//! The cost of an order and of a month without orders: requests measured in the sandbox, times AWS's list prices. `make cost`
//! writes docs/cost.md from it.
//!
//! [`phases`] plays the phases and [`meter`] counts their requests. [`bill`] makes billed quantities of the counts, [`prices`]
//! has the prices, and [`page`] writes the page. [`assumptions`] has the numbers that the sandbox cannot measure.

pub mod assumptions;
pub mod bill;
pub mod call;
pub mod difference;
pub mod log;
pub mod meter;
pub mod page;
pub mod phases;
pub mod prices;
mod template;
pub mod units;
pub mod worker;

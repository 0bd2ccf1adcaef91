//! What an order costs, and a month without one: requests measured in the sandbox, times AWS's price list. `make cost` writes
//! docs/cost.md from it.
//!
//! [`phases`] plays and [`meter`] counts; [`bill`] makes quantities of it that [`prices`] has prices for; [`page`] writes it
//! down. What no sandbox can know is in [`assumptions`].

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

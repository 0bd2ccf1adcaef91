//! Drives `make run` from outside: the program is a process of its own, and the fakes of Telegram and KIE are in this one. So a kill of
//! the program destroys no evidence.

mod machine;
mod oracle;
mod outside;
mod seller;

pub use machine::{Machine, Usage};
pub use oracle::{Findings, examine};
pub use outside::Outside;
pub use seller::{Orders, order_until};

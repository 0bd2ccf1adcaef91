//! The proof: the real handlers in a simulated world, with a fault at every call, the laws of money checked after every write but a
//! conversation's own, and what people were told judged from their chats.
//!
//! One run is one thread and virtual time; the same seed gives the same trace ([`injector::fingerprint`]).

pub mod checked;
pub mod excuses;
pub mod fault;
pub mod histories;
mod images;
pub mod injector;
pub mod judge;
pub mod matrix;
mod panics;
pub mod run;
pub mod site;
pub mod sweep;
pub mod tally;
pub mod work;

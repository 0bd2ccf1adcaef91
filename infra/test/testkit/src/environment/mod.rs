//! The test environments that scenarios run in. A scenario sees only the sellers, the records of the fakes, and the stores.

pub mod armed_faults;
mod attempts;
mod fakes;
mod functions;
mod lambda;
mod localstack;
mod mounts;
mod names;
mod open;
mod parameters;
mod probe;
pub mod proxy;
mod queues;
mod sandbox;
mod script;
mod seller;
mod settings;
mod stack;
mod stack_lifecycle;
mod test_environment;
mod times;
mod view;

pub use lambda::{BATCH_SIZE, Billed, death};
pub use localstack::LocalStack;
pub use mounts::Carrier;
pub use names::{FUNCTIONS, TABLE};
pub use probe::{Logs, delivery};
pub use sandbox::{Sandbox, SeededBug};
pub use seller::Seller;
pub use settings::SECRETS;
pub use stack::Stack;
pub use stack_lifecycle::{Listed, Removed, StackState};
pub use test_environment::{Backend, TestEnvironment};
pub use times::Times;
pub use view::ParkedMessage;

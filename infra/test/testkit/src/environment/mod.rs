//! The test environments that scenarios run in. A scenario sees only the sellers, the records of the fakes, and the stores.

mod localstack;
mod open;
mod parameters;
mod probe;
pub mod proxy;
mod script;
mod seller;
mod stack;
mod stack_lifecycle;
mod test_environment;
mod view;

pub use localstack::LocalStack;
pub use probe::{Logs, delivery};
pub use sandbox::{
    BATCH_SIZE, Billed, Carrier, FUNCTIONS, SECRETS, SECRETS_FROM_SSM, Sandbox, SeededBug, TABLE, Times, armed_faults, death,
};
pub use seller::Seller;
pub use stack::Stack;
pub use stack_lifecycle::{Listed, Removed, StackState};
pub use test_environment::{Backend, TestEnvironment};
pub use view::ParkedMessage;

//! The limits of orders, refunds and gifts: what each lets through, what it refuses, and that nothing passes it in between.

#[cfg(test)]
mod common;
#[cfg(test)]
mod everybody;
#[cfg(test)]
mod gifts;
#[cfg(test)]
mod person;
#[cfg(test)]
mod shards;
#[cfg(test)]
mod table;

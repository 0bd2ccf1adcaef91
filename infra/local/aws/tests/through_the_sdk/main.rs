//! The local services as our code meets them: through the real AWS SDK clients, over one [`local_aws::net::Net`].
//! `cfg(test)` tells clippy that the helpers in here are test code, too.

#[cfg(test)]
mod common;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod dynamodb;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod sqs;

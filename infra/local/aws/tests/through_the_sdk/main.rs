//! Tests of the local services through the real AWS SDK clients, over one [`local_aws::net::Net`].
//! `cfg(test)` marks the helper modules as test code for clippy.

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

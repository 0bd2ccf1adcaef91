//! What a seller reads when a job ended without a delivery.

use crate::{
    classify::{Class, Why},
    credits::Credits,
};

/// What a job ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureNotice {
    /// What went wrong.
    pub class: Class,
    /// Why, if the provider said so.
    pub why: Option<Why>,
    /// What was given back.
    pub refunded: Credits,
    /// The balance read after the refund was committed.
    pub balance: Credits,
}

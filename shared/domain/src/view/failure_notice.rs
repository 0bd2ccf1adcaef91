//! The data of the message about a job that ended without a delivery.

use crate::{
    classify::{Class, Why},
    credits::Credits,
};

/// The data of the message about a failed job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureNotice {
    /// The class of the failure.
    pub class: Class,
    /// The provider's reason, if the provider gave one.
    pub why: Option<Why>,
    /// The refunded credits.
    pub refunded: Credits,
    /// The balance, read after the commit of the refund; `None` if it could not be read.
    pub balance: Option<Credits>,
}

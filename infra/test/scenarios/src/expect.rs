//! Expectations that several scenarios share.

use domain::{
    classify::Class,
    credits::Credits,
    job::{Job, State},
};
use testkit::environment::Seller;

pub use crate::ensure::ensure;
use crate::scenario::ScenarioRun;

/// Returns a person's only job, or an error with the number of jobs.
pub fn only(jobs: &[Job]) -> Result<&Job, String> {
    if let [job] = jobs { Ok(job) } else { Err(format!("the seller has {} jobs, one expected", jobs.len())) }
}

/// Checks that a job failed with this class, and that its seller was notified once of the refund and the balance after it.
pub async fn refunded(run: &ScenarioRun, seller: &Seller, job: &Job, class: Class) -> Result<(), String> {
    let State::Failed { class: found, why, .. } = job.state else {
        return Err(format!("the job {} is {}, not failed", job.id, job.state.name()));
    };
    ensure(found == class, || format!("the failure's class is {}, not {}", found.name(), class.name()))?;
    let balance = run.env.balance(seller.user).await?;
    let ending = domain::view::FailureNotice { class, why, refunded: job.order.price, balance: Some(balance) };
    let expected = job.order.locale.ended(ending);
    let notified = seller.texts().into_iter().filter(|text| *text == expected).count();
    ensure(notified == 1, || format!("the seller was notified {notified} times, not once: {expected:?} in {:#?}", seller.texts()))
}

/// Checks that a seller's balance is this number of credits.
pub async fn balance_is(run: &ScenarioRun, seller: &Seller, credits: u32) -> Result<(), String> {
    let found = run.env.balance(seller.user).await?;
    ensure(found == Credits(credits), || format!("the balance is {}, not {credits}", found.0))
}

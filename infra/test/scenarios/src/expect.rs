//! What scenarios expect.

use domain::{
    classify::Class,
    credits::Credits,
    job::{Job, State},
};
use testkit::environment::Seller;

pub use crate::ensure::ensure;
use crate::scenario::ScenarioRun;

/// The only job of a person.
pub fn only(jobs: &[Job]) -> Result<&Job, String> {
    if let [job] = jobs { Ok(job) } else { Err(format!("{} jobs, one expected", jobs.len())) }
}

/// A job failed with this class, was refunded, and its seller was notified once, with the balance after the refund.
pub async fn refunded(run: &ScenarioRun, seller: &Seller, job: &Job, class: Class) -> Result<(), String> {
    let State::Failed { class: found, why, .. } = job.state else { return Err(format!("{} is {}", job.id, job.state.name())) };
    ensure(found == class, || format!("called {}, not {}", found.name(), class.name()))?;
    let balance = run.env.balance(seller.user).await?;
    let ending = domain::view::FailureNotice { class, why, refunded: job.order.price, balance };
    let expected = job.order.locale.ended(ending);
    let notified = seller.texts().into_iter().filter(|text| *text == expected).count();
    ensure(notified == 1, || format!("notified {notified} times: {expected:?} in {:#?}", seller.texts()))
}

/// The balance is this.
pub async fn balance_is(run: &ScenarioRun, seller: &Seller, credits: u32) -> Result<(), String> {
    let found = run.env.balance(seller.user).await?;
    ensure(found == Credits(credits), || format!("the balance is {}, not {credits}", found.0))
}

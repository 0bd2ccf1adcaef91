//! An operator loses /grant by the update of the stack that follows the removal of `AdminIds` from its settings.

use domain::{
    credits::{Credits, Entry},
    ids::UserId,
};
use scenarios::expect::ensure;
use testkit::environment::{LocalStack, Seller, TestEnvironment};

/// Credits of each grant.
const GRANTED: u32 = 5;

/// Adds an operator to the stack, checks that the operator grants credits, removes the operator again, and checks that a grant is
/// then answered like any unknown text and moves no credit. `operator` and the id after it are new users.
///
/// # Errors
/// The stack was not updated, or a check failed.
pub async fn check(localstack: &LocalStack, env: &TestEnvironment, operator: UserId) -> Result<(), String> {
    let ids = format!("1, {operator}");
    let with = localstack.redeploy(env, &[("AdminIds", Some(&ids))]).await?;
    let (olga, seller) = (Seller::new(&with, operator.0, "en", "Olga"), Seller::new(&with, operator.0 + 1, "en", "Rita"));
    olga.start().await?;
    seller.start().await?;
    let grant = format!("/grant {} {GRANTED} a late video", seller.user);
    let (welcome, _) = account(&with, &seller).await?;
    let granted = answer(&olga, &grant).await?;
    let before = account(&with, &seller).await?;
    ensure(before.0.0 == welcome.0 + GRANTED, || {
        format!("an operator's grant of {GRANTED} made {} of {} credits: {granted:?}", before.0.0, welcome.0)
    })?;

    let without = localstack.redeploy(&with, &[("AdminIds", None)]).await?;
    let (olga, seller) = (Seller::new(&without, operator.0, "en", "Olga"), Seller::new(&without, seller.user.0, "en", "Rita"));
    let (refused, unknown) = (answer(&olga, &grant).await?, answer(&olga, "/nonsense").await?);
    let after = account(&without, &seller).await?;
    ensure(after == before, || {
        format!("after the removal of the operator, /grant changed the account from {before:?} to {after:?}: {refused:?}")
    })?;
    ensure(refused == unknown, || {
        format!("after the removal of the operator, /grant is answered {refused:?}, not {unknown:?} like an unknown text")
    })
}

/// Sends a text and returns the bot's answer.
async fn answer(person: &Seller, text: &str) -> Result<String, String> {
    let earlier = person.texts().len();
    person.say(text).await?;
    person.texts().into_iter().skip(earlier).next_back().ok_or_else(|| format!("the bot did not answer {text:?}"))
}

/// The balance and the ledger of a person.
async fn account(env: &TestEnvironment, person: &Seller) -> Result<(Credits, Vec<Entry>), String> {
    Ok((env.balance(person.user).await?, env.ledger(person.user).await?))
}

//! Twelve of the simulation's faults against the deployed stack: real processes are killed, and replies are lost on real
//! connections. Each strikes one seller's order, which must end as [`CASES`] says and must violate no money invariant.

use std::{
    fmt,
    time::{Duration, Instant},
};

use domain::{catalog::Kind, classify::Class, credits::EntryKey, job::State};
use fakes::{kie::Outcome, telegram::CallFailure as Refusal};
use scenarios::{
    ScenarioRun,
    expect::{ensure, only, refunded},
    timeline::timeline,
};
use testkit::{
    environment::{
        Seller,
        proxy::{PlannedFault, Proxy},
    },
    fault::FaultKind,
};

use crate::report::Report;

/// One order and the faults that strike it.
#[derive(Clone, Copy)]
pub struct Case {
    /// The faults and the calls at which they strike.
    pub faults: &'static [PlannedFault],
    /// The behaviour of KIE and Telegram that makes the bot reach those calls.
    given: Given,
    /// Seconds between the start of the first case and the start of this one. A killed process fails its whole batch, so cases
    /// that kill start at other times than the rest.
    begin_secs: u64,
    /// How the order must end.
    pub ending: ExpectedEnding,
}

/// The behaviour of KIE and Telegram in a case.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    /// KIE takes this many seconds to make the video.
    Making(u64),
    /// KIE's moderation rejects the photo.
    Rejected,
    /// Telegram refuses the video in every attempt to send it.
    NotTaken,
}

/// How an order must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedEnding {
    /// One video is delivered, and the charge is captured once.
    Delivered,
    /// The video is sent twice, and the charge is captured once.
    DeliveredTwice,
    /// No video is delivered, the charge is refunded once, and the seller is notified once.
    Refunded(Class),
}

impl fmt::Display for ExpectedEnding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered, captured once"),
            Self::DeliveredTwice => f.write_str("sent twice, captured once"),
            Self::Refunded(class) => write!(f, "refunded once as {}, notified once", class.name()),
        }
    }
}

const fn at(function: &'static str, service: &'static str, operation: &'static str, fault: FaultKind) -> PlannedFault {
    PlannedFault { function, call: (service, operation), after: 0, fault }
}

const fn case(faults: &'static [PlannedFault], given: Given, begin_secs: u64, ending: ExpectedEnding) -> Case {
    Case { faults, given, begin_secs, ending }
}

/// The twelve cases. They cover every kind of fault, every function, and every write of an order that moves credits.
pub const CASES: [Case; 12] = {
    use ExpectedEnding::{Delivered, DeliveredTwice, Refunded};
    use Given::{Making, NotTaken, Nothing, Rejected};
    [
        case(&[at("webhook", "dynamodb", "TransactWriteItems order", FaultKind::Conflict)], Nothing, 0, Delivered),
        case(&[at("webhook", "dynamodb", "TransactWriteItems order", FaultKind::KilledAfter)], Nothing, 0, Delivered),
        case(
            &[
                at("webhook", "sqs", "SendMessageBatch generate", FaultKind::Refused),
                at("sweeper", "sqs", "SendMessage generate", FaultKind::KilledBefore),
            ],
            Nothing,
            0,
            Delivered,
        ),
        case(&[at("generator", "dynamodb", "PutItem submitting", FaultKind::Throttled)], Nothing, 0, Delivered),
        // The generator dies after createTask, before it records KIE's reply.
        case(&[at("generator", "dynamodb", "PutItem generating", FaultKind::KilledBefore)], Nothing, 6, Delivered),
        case(&[at("generator", "s3", "PUT video", FaultKind::ServerError)], Nothing, 0, Delivered),
        case(&[at("callback", "sqs", "SendMessage generate", FaultKind::Delayed)], Nothing, 0, Delivered),
        case(&[at("generator", "sqs", "SendMessage send", FaultKind::Twice)], Nothing, 0, Delivered),
        case(
            &[at("generator", "dynamodb", "TransactWriteItems refund", FaultKind::ReplyLost)],
            Rejected,
            0,
            Refunded(Class::ContentRejected),
        ),
        case(&[at("sender", "dynamodb", "TransactWriteItems capture", FaultKind::Late)], Nothing, 0, Delivered),
        // The sender dies after sendVideo: the video is in the chat, but no item records it.
        case(&[at("sender", "dynamodb", "TransactWriteItems capture", FaultKind::KilledBefore)], Making(16), 0, DeliveredTwice),
        // The refunder dies between the refund and its notification.
        case(
            &[at("refunder", "dynamodb", "TransactWriteItems refund", FaultKind::KilledAfter)],
            NotTaken,
            0,
            Refunded(Class::CouldNotDeliver),
        ),
    ]
};

/// Plays a case and checks its ending.
pub async fn play(case: Case, run: ScenarioRun, proxy: Proxy) -> Report {
    tokio::time::sleep(Duration::from_secs(case.begin_secs)).await;
    let began = Instant::now();
    let played = played(case, &run, &proxy).await;
    let (took, passed) = (began.elapsed().as_secs_f32(), played.is_ok());
    let faults: Vec<_> = case.faults.iter().map(described).collect();
    let what = format!("{} -> {}", faults.join(", then "), case.ending);
    let text = match played {
        Ok(()) => format!("passed  {what} ({took:.1} s)"),
        Err(failure) => format!("FAILED  {what} ({took:.1} s): {failure}\n{}", timeline(&run).await),
    };
    Report { text, passed }
}

fn described(planned: &PlannedFault) -> String {
    let (service, operation) = planned.call;
    format!("{} · {service} {operation}: {}", planned.function, planned.fault.name())
}

async fn played(case: Case, run: &ScenarioRun, proxy: &Proxy) -> Result<(), String> {
    let seller = run.seller("Zoya", "en").await?;
    prepare(case.given, run, &seller);
    seller.prepare(Kind::Neurocard, run.photo.clone()).await?;
    let injected: Vec<_> = case.faults.iter().map(|planned| (planned, proxy.inject(*planned, seller.user.to_string()))).collect();
    seller.confirm().await?;
    seller.until_over(1).await?;
    for (planned, id) in injected {
        proxy.has_struck(id).map_err(|error| format!("{}: {error}", described(planned)))?;
        // A late call reaches a job that is over and must change nothing.
        run.env.until("the late call has arrived", async || Ok(!proxy.is_under_way(id))).await?;
    }
    ended(case.ending, run, &seller).await?;
    run.aftermath().await
}

fn prepare(given: Given, run: &ScenarioRun, seller: &Seller) {
    let script = |outcome| run.env.script_kie(seller.user, vec![outcome]);
    match given {
        Given::Nothing => {}
        Given::Making(secs) => script(Outcome::success().after(Duration::from_secs(secs))),
        Given::Rejected => script(Outcome::fail("422", "The input or output was flagged as sensitive")),
        Given::NotTaken => {
            let sends = usize::try_from(run.env.times.rules.send_attempts).unwrap_or(usize::MAX);
            run.env.telegram.fail(seller.user.0, "sendVideo", sends, Refusal::Transient(502));
        }
    }
}

/// Checks the ending by the chat, the fake KIE's records and the ledger.
async fn ended(ending: ExpectedEnding, run: &ScenarioRun, seller: &Seller) -> Result<(), String> {
    let snapshot = run.env.table.account_snapshot(seller.user).await.map_err(|error| error.to_string())?;
    let job = only(&snapshot.jobs)?;
    let violations = snapshot.violations();
    ensure(violations.is_empty(), || format!("money invariants violated: {violations:?}"))?;
    let settlements = snapshot.entries.iter().filter(|entry| entry.key == EntryKey::Settlement(job.id)).count();
    ensure(settlements == 1, || format!("the ledger has {settlements} settlements of the job, not 1"))?;
    let given: i64 =
        snapshot.entries.iter().filter(|entry| matches!(entry.key, EntryKey::Grant(_))).map(|entry| entry.amount).sum();

    let tasks = run.env.tasks_of(seller.user).len();
    ensure(tasks == 1, || format!("KIE has {tasks} tasks of the order, not 1"))?;

    let balance = snapshot.balance.unwrap_or_default().0;
    let (videos, spent) = match ending {
        ExpectedEnding::Delivered => (1, i64::from(job.order.price.0)),
        ExpectedEnding::DeliveredTwice => (2, i64::from(job.order.price.0)),
        ExpectedEnding::Refunded(class) => {
            refunded(run, seller, job, class).await?;
            (0, 0)
        }
    };
    let is_delivered = matches!(job.state, State::Delivered { .. });
    ensure(is_delivered == (videos > 0), || format!("the job is {}", job.state.name()))?;
    let found = seller.videos().len();
    ensure(found == videos, || format!("the chat has {found} videos, not {videos}"))?;
    let caption =
        ["<b>", "</b>"].iter().fold(job.order.locale.delivered(job.order.kind, None), |text, tag| text.replace(tag, ""));
    let notified = seller.texts().into_iter().filter(|text| text.starts_with(&caption)).count();
    ensure(notified == videos, || format!("the chat has the caption {caption:?} {notified} times, not {videos}"))?;
    ensure(balance == given - spent, || format!("the balance is {balance}, not {given} less {spent}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use testkit::environment::FUNCTIONS;

    use super::*;

    #[test]
    fn the_cases_cover_every_kind_of_fault_and_every_function() {
        let planned = || CASES.iter().flat_map(|case| case.faults);
        let functions: BTreeSet<_> = planned().map(|planned| planned.function).collect();
        assert_eq!(functions, BTreeSet::from(FUNCTIONS));
        let faults: BTreeSet<_> = planned().map(|planned| planned.fault).collect();
        let possible = FaultKind::ALL.into_iter().filter(|fault| fault.is_injected_by_proxy());
        assert_eq!(faults, possible.collect());
        assert_eq!(faults.len(), 10, "{faults:?}");
    }
}

//! A dozen of the simulation's faults against the deployed stack: real processes, killed by the system; real replies, lost on a
//! real connection. Each on one seller's order, which has to end as the table says, and with the money invariants kept.

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

/// One order, and what goes wrong with it.
#[derive(Clone, Copy)]
pub struct Case {
    /// Where faults strike, and which.
    pub faults: &'static [PlannedFault],
    /// What else the order needs, so that those calls are made.
    given: Given,
    /// Seconds after the first case. A batch may hold messages of several people, and a death takes the whole batch along: those
    /// that kill keep away from the others.
    begins: u64,
    /// How it has to end.
    pub ending: ExpectedEnding,
}

/// What the outside does.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    /// The video takes this many seconds to make.
    Making(u64),
    /// KIE's moderation rejects the photo.
    Rejected,
    /// Telegram refuses to take the video, as often as it is tried.
    NotTaken,
}

/// How an order has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedEnding {
    /// One video, captured.
    Delivered,
    /// The video twice, captured once.
    DeliveredTwice,
    /// No video, the credit refunded, and the seller notified once.
    Refunded(Class),
}

impl fmt::Display for ExpectedEnding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered, captured once"),
            Self::DeliveredTwice => f.write_str("delivered though sent twice, captured once"),
            Self::Refunded(class) => write!(f, "refunded once as {}, notified once", class.name()),
        }
    }
}

const fn at(function: &'static str, service: &'static str, operation: &'static str, fault: FaultKind) -> PlannedFault {
    PlannedFault { function, call: (service, operation), after: 0, fault }
}

const fn case(faults: &'static [PlannedFault], given: Given, begins: u64, ending: ExpectedEnding) -> Case {
    Case { faults, given, begins, ending }
}

/// The dozen. Every kind of fault is in it, every function, and every write of an order that moves credits.
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
        // After createTask: its answer was recorded nowhere.
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
        // After sendVideo: the video is in the chat, and no item says so.
        case(&[at("sender", "dynamodb", "TransactWriteItems capture", FaultKind::KilledBefore)], Making(16), 0, DeliveredTwice),
        // Between the refund and the news of it.
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
    tokio::time::sleep(Duration::from_secs(case.begins)).await;
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
        // What comes late comes to a job that is over: it has to change nothing.
        run.env.until("what was late has arrived", async || Ok(!proxy.is_under_way(id))).await?;
    }
    ended(case.ending, run, &seller).await?;
    run.aftermath().await
}

fn prepare(given: Given, run: &ScenarioRun, seller: &Seller) {
    let (kie, photo) = (&run.env.kie, photo_of(seller));
    match given {
        Given::Nothing => {}
        Given::Making(secs) => kie.script(photo, vec![Outcome::success().after(Duration::from_secs(secs))]),
        Given::Rejected => kie.script(photo, vec![Outcome::fail("422", "The input or output was flagged as sensitive")]),
        Given::NotTaken => {
            let sends = usize::try_from(run.env.times.rules.send_attempts).unwrap_or(usize::MAX);
            run.env.telegram.fail(seller.user.0, "sendVideo", sends, Refusal::Transient(502));
        }
    }
}

fn photo_of(seller: &Seller) -> String {
    format!("/photos/{}/", seller.user)
}

/// Checks the ending by the chat, the fake KIE's records and the ledger.
async fn ended(ending: ExpectedEnding, run: &ScenarioRun, seller: &Seller) -> Result<(), String> {
    let snapshot = run.env.table.account_snapshot(seller.user).await.map_err(|error| error.to_string())?;
    let job = only(&snapshot.jobs)?;
    let violations = snapshot.violations();
    ensure(violations.is_empty(), || format!("money invariants violated: {violations:?}"))?;
    let settlements = snapshot.entries.iter().filter(|entry| entry.key == EntryKey::Settlement(job.id)).count();
    ensure(settlements == 1, || format!("settled {settlements} times"))?;
    let given: i64 =
        snapshot.entries.iter().filter(|entry| matches!(entry.key, EntryKey::Grant(_))).map(|entry| entry.amount).sum();

    let photo = photo_of(seller);
    let tasks = run.env.kie.tasks().iter().filter(|task| task.input.to_string().contains(&photo)).count();
    ensure(tasks == 1, || format!("{tasks} tasks at KIE"))?;

    let balance = i64::from(snapshot.balance.unwrap_or_default().0);
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
    ensure(found == videos, || format!("{found} videos in the chat, not {videos}"))?;
    let caption = ["<b>", "</b>"].iter().fold(job.order.locale.delivered(job.order.kind), |text, tag| text.replace(tag, ""));
    let notified = seller.texts().into_iter().filter(|text| *text == caption).count();
    ensure(notified == videos, || format!("notified {notified} times {caption:?}, not {videos}"))?;
    ensure(balance == given - spent, || format!("the balance is {balance}, not {given} less {spent}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use testkit::environment::FUNCTIONS;

    use super::*;

    #[test]
    fn every_kind_of_fault_and_every_function_is_in_the_dozen() {
        let planned = || CASES.iter().flat_map(|case| case.faults);
        let functions: BTreeSet<_> = planned().map(|planned| planned.function).collect();
        assert_eq!(functions, BTreeSet::from(FUNCTIONS));
        let faults: BTreeSet<_> = planned().map(|planned| planned.fault).collect();
        let possible = FaultKind::ALL.into_iter().filter(|fault| fault.is_injected_by_proxy());
        assert_eq!(faults, possible.collect());
        assert_eq!(faults.len(), 10, "{faults:?}");
    }
}

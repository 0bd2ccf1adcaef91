//! A dozen of the simulator's faults against the deployed stack: real processes, killed by the system; real replies, lost on a
//! real connection. Each on one seller's order, which has to end as the table says, and with the laws of money kept.

use std::{
    fmt,
    time::{Duration, Instant},
};

use domain::{catalog::Kind, classify::Class, credits::EntryKey, job::State};
use standins::{kie::Outcome, telegram::Fault as Refusal};

use scenarios::{
    list::{Scene, ensure, only, refunded},
    timeline::timeline,
};
use testkit::environment::{
    Seller,
    proxy::{Fault, Plant, Proxy},
};

/// One order, and what goes wrong with it.
#[derive(Clone, Copy)]
pub struct Case {
    /// Where faults strike, and which.
    pub faults: &'static [Plant],
    /// What else the order needs, so that those calls are made.
    given: Given,
    /// Seconds after the first case. A batch may hold messages of several people, and a death takes the whole batch along: those
    /// that kill keep away from the others.
    begins: u64,
    /// How it has to end.
    pub ending: Ending,
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
pub enum Ending {
    /// One video, captured.
    Delivered,
    /// The video twice, captured once.
    DeliveredTwice,
    /// No video, the credit back, and told so once.
    Refunded(Class),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered, captured once"),
            Self::DeliveredTwice => f.write_str("delivered though sent twice, captured once"),
            Self::Refunded(class) => write!(f, "refunded once as {}, told once", class.name()),
        }
    }
}

const fn at(function: &'static str, service: &'static str, operation: &'static str, fault: Fault) -> Plant {
    Plant { function, call: (service, operation), after: 0, fault }
}

const fn case(faults: &'static [Plant], given: Given, begins: u64, ending: Ending) -> Case {
    Case { faults, given, begins, ending }
}

/// The dozen. Every kind of fault is in it, every function, and every write of an order that moves credits.
pub const CASES: [Case; 12] = {
    use Ending::{Delivered, DeliveredTwice, Refunded};
    use Given::{Making, NotTaken, Nothing, Rejected};
    [
        case(&[at("webhook", "dynamodb", "TransactWriteItems order", Fault::Conflict)], Nothing, 0, Delivered),
        case(&[at("webhook", "dynamodb", "TransactWriteItems order", Fault::KilledAfter)], Nothing, 0, Delivered),
        case(
            &[
                at("webhook", "sqs", "SendMessageBatch generate", Fault::Refused),
                at("sweeper", "sqs", "SendMessage generate", Fault::KilledBefore),
            ],
            Nothing,
            0,
            Delivered,
        ),
        case(&[at("generator", "dynamodb", "PutItem submitting", Fault::Throttled)], Nothing, 0, Delivered),
        // After createTask: its answer is known to nobody.
        case(&[at("generator", "dynamodb", "PutItem generating", Fault::KilledBefore)], Nothing, 6, Delivered),
        case(&[at("generator", "s3", "PUT video", Fault::ServerError)], Nothing, 0, Delivered),
        case(&[at("callback", "sqs", "SendMessage generate", Fault::Delayed)], Nothing, 0, Delivered),
        case(&[at("generator", "sqs", "SendMessage send", Fault::Twice)], Nothing, 0, Delivered),
        case(
            &[at("generator", "dynamodb", "TransactWriteItems refund", Fault::ReplyLost)],
            Rejected,
            0,
            Refunded(Class::ContentRejected),
        ),
        case(&[at("sender", "dynamodb", "TransactWriteItems capture", Fault::Late)], Nothing, 0, Delivered),
        // After sendVideo: the video is in the chat, and nobody knows.
        case(&[at("sender", "dynamodb", "TransactWriteItems capture", Fault::KilledBefore)], Making(16), 0, DeliveredTwice),
        // Between the refund and the news of it.
        case(
            &[at("refunder", "dynamodb", "TransactWriteItems refund", Fault::KilledAfter)],
            NotTaken,
            0,
            Refunded(Class::CouldNotDeliver),
        ),
    ]
};

/// How a case went.
pub struct Report {
    /// The line that is printed, with the timeline after it where the case failed.
    pub text: String,
    /// Whether it ended as it has to.
    pub passed: bool,
}

/// Plays a case and judges its ending.
pub async fn play(case: Case, scene: Scene, proxy: Proxy) -> Report {
    tokio::time::sleep(Duration::from_secs(case.begins)).await;
    let began = Instant::now();
    let played = played(case, &scene, &proxy).await;
    let (took, passed) = (began.elapsed().as_secs_f32(), played.is_ok());
    let faults: Vec<_> = case.faults.iter().map(described).collect();
    let what = format!("{} -> {}", faults.join(", then "), case.ending);
    let text = match played {
        Ok(()) => format!("passed  {what} ({took:.1} s)"),
        Err(failure) => format!("FAILED  {what} ({took:.1} s): {failure}\n{}", timeline(&scene).await),
    };
    Report { text, passed }
}

fn described(plant: &Plant) -> String {
    let (service, operation) = plant.call;
    format!("{} · {service} {operation}: {}", plant.function, plant.fault.name())
}

async fn played(case: Case, scene: &Scene, proxy: &Proxy) -> Result<(), String> {
    let seller = scene.seller("Zoya", "en").await?;
    prepare(case.given, scene, &seller);
    seller.prepare(Kind::Neurocard, scene.photo.clone()).await?;
    let planted: Vec<_> = case.faults.iter().map(|plant| (plant, proxy.plant(*plant, seller.user.to_string()))).collect();
    seller.confirm().await?;
    seller.until_over(1).await?;
    for (plant, id) in planted {
        proxy.has_struck(id).map_err(|error| format!("{}: {error}", described(plant)))?;
        // What comes late comes to a job that is over: it has to change nothing.
        scene.world.until("what was late has arrived", async || Ok(!proxy.is_under_way(id))).await?;
    }
    ended(case.ending, scene, &seller).await?;
    scene.aftermath().await
}

fn prepare(given: Given, scene: &Scene, seller: &Seller) {
    let (kie, photo) = (&scene.world.kie, photo_of(seller));
    match given {
        Given::Nothing => {}
        Given::Making(secs) => kie.script(photo, vec![Outcome::success().after(Duration::from_secs(secs))]),
        Given::Rejected => kie.script(photo, vec![Outcome::fail("422", "The input or output was flagged as sensitive")]),
        Given::NotTaken => {
            let sends = usize::try_from(scene.world.times.rules.send_attempts).unwrap_or(usize::MAX);
            scene.world.telegram.fail(seller.user.0, "sendVideo", sends, Refusal::Transient(502));
        }
    }
}

fn photo_of(seller: &Seller) -> String {
    format!("/photos/{}/", seller.user)
}

/// Judged from the chat, KIE's books and the ledger.
async fn ended(ending: Ending, scene: &Scene, seller: &Seller) -> Result<(), String> {
    let holdings = scene.world.table.holdings(seller.user).await.map_err(|error| error.to_string())?;
    let job = only(&holdings.jobs)?;
    let broken = holdings.broken();
    ensure(broken.is_empty(), || format!("laws of money broken: {broken:?}"))?;
    let settlements = holdings.entries.iter().filter(|entry| entry.key == EntryKey::Settlement(job.id)).count();
    ensure(settlements == 1, || format!("settled {settlements} times"))?;
    let given: i64 =
        holdings.entries.iter().filter(|entry| matches!(entry.key, EntryKey::Grant(_))).map(|entry| entry.amount).sum();

    let photo = photo_of(seller);
    let tasks = scene.world.kie.tasks().iter().filter(|task| task.input.to_string().contains(&photo)).count();
    ensure(tasks == 1, || format!("{tasks} tasks at KIE"))?;

    let balance = i64::from(holdings.balance.unwrap_or_default().0);
    let (videos, spent) = match ending {
        Ending::Delivered => (1, i64::from(job.order.price.0)),
        Ending::DeliveredTwice => (2, i64::from(job.order.price.0)),
        Ending::Refunded(class) => {
            refunded(scene, seller, job, class).await?;
            (0, 0)
        }
    };
    let is_delivered = matches!(job.state, State::Delivered { .. });
    ensure(is_delivered == (videos > 0), || format!("the job is {}", job.state.name()))?;
    let found = seller.videos().len();
    ensure(found == videos, || format!("{found} videos in the chat, not {videos}"))?;
    let caption = ["<b>", "</b>"].iter().fold(job.order.locale.delivered(job.order.kind), |text, tag| text.replace(tag, ""));
    let told = seller.texts().into_iter().filter(|text| *text == caption).count();
    ensure(told == videos, || format!("told {told} times {caption:?}, not {videos}"))?;
    ensure(balance == given - spent, || format!("the balance is {balance}, not {given} less {spent}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use testkit::environment::FUNCTIONS;

    #[test]
    fn every_kind_of_fault_and_every_function_is_in_the_dozen() {
        let plants = || CASES.iter().flat_map(|case| case.faults);
        let functions: BTreeSet<_> = plants().map(|plant| plant.function).collect();
        assert_eq!(functions, BTreeSet::from(FUNCTIONS));
        let faults: BTreeSet<_> = plants().map(|plant| plant.fault).collect();
        assert_eq!(faults.len(), 10, "{faults:?}");
    }
}

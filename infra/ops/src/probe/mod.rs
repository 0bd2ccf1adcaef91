//! A probe of the live services, for an operator with keys: it orders films at KIE directly, sends films to a Telegram chat, and compares
//! what happens with what the documents say.
//!
//! **Invariant:** nothing is ordered or sent without an [`Agreed`] plan, and no plan costs more than [`SPEND_MAX_USD`].
//!
//! The cases run one after the other, so that the probe can stop when KIE takes more than it says. Each case is recorded as a file
//! without secrets and ids; `infra/ops/tests/recorded.rs` replays the files.

mod case;
mod chat;
mod film;
mod observation;
mod plan;
mod recording;
mod redact;
mod skeleton;

use std::{path::Path, time::Duration};

use adapters::{config::Secret, kie::Kie, rng::Rng, telegram::Telegram, wire::Wire};
use tokio::time::Instant;

use crate::context::OpsError;

pub use case::{Case, Extension, FilmOrder, Photo, Way, Work, cases};
pub use film::FILM_MAX;
pub use observation::{CaseProbed, Comparison, Notes, Observation, Probed};
pub use plan::{Agreed, CONSENT, Plan, SPEND_MAX_USD};
pub use recording::{Body, Exchange, Recording, Replay};

/// The longest run. A case that begins later is not run.
pub const PROBE_MAX: Duration = Duration::from_secs(60 * 60);
/// Where the recordings go unless the operator names another folder; the day is added.
pub const RECORDED: &str = "infra/ops/tests/recorded";
/// The `made_by` of a recording of the real services.
pub const LIVE: &str = "KIE and Telegram";
/// The `made_by` of a recording of the fakes.
pub const FAKES: &str = "the fakes of this repository";

const ADVICE_NOTHING: &str = "Nothing was ordered. Check KIE_API_KEY and the network, or top up at KIE.";
const ADVICE_RECORD: &str =
    "The cases so far were paid for: name a folder that can be written with --record, and name the other cases with --only.";

/// The accounts that the probe uses.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// The account at KIE, which pays.
    pub kie: Kie,
    /// The bot; `None` if no message is sent.
    pub telegram: Option<Telegram>,
    /// The wire of both.
    pub wire: Wire,
    /// For file names that cannot be guessed.
    pub rng: Rng,
}

/// What a case works with.
#[derive(Clone, Debug)]
struct CaseContext {
    kie: Kie,
    chat: Option<(Telegram, i64)>,
    rng: Rng,
}

/// Runs the cases of a plan to which an operator has agreed, and writes the recording of each into `folder`. `progress` gets a line for
/// each case.
///
/// # Errors
/// KIE's balance cannot be read or does not suffice, or a recording cannot be written. A case that fails is an observation.
pub async fn run(agreed: &Agreed, accounts: &Accounts, folder: &Path, progress: &dyn Fn(&str)) -> Result<Probed, OpsError> {
    let balance = accounts.kie.credits().await;
    let balance = balance.map_err(|error| OpsError::new(format!("KIE's balance is unknown: {error}"), ADVICE_NOTHING))?;
    let needed = agreed.plan().kie_credits();
    if balance < needed {
        return Err(OpsError::new(format!("KIE has {balance:.1} credits, the plan may take {needed:.1}"), ADVICE_NOTHING));
    }
    let (started, mut probed) = (Instant::now(), Probed { cases: Vec::new(), usd: 0.0 });
    for case in agreed.cases() {
        let notes = if started.elapsed() > PROBE_MAX {
            not_run(&format!("the probe runs for {} minutes already", PROBE_MAX.as_secs() / 60))
        } else if probed.usd > SPEND_MAX_USD {
            not_run(&format!("KIE took {:.2} USD already, more than it says", probed.usd))
        } else {
            progress(&format!("{}: {case}", case.id));
            recorded(agreed, case, accounts, folder).await?
        };
        probed.usd += notes.kie_credits * agreed.kie_credit_usd();
        probed.cases.push(CaseProbed { case: case.id.clone(), notes });
    }
    Ok(probed)
}

fn not_run(why: &str) -> Notes {
    let mut notes = Notes::default();
    notes.miss("the case", "-", format!("not run: {why}"));
    notes
}

/// Runs a case and writes its recording.
async fn recorded(agreed: &Agreed, case: &Case, accounts: &Accounts, folder: &Path) -> Result<Notes, OpsError> {
    let recorder = recording::Recorder::new(accounts.wire.connector());
    let wire = Wire::over(recorder.clone());
    let telegram = accounts.telegram.clone().map(|telegram| telegram.with_wire(wire.clone()));
    let kie = accounts.kie.clone().with_wire(wire);
    let context = CaseContext { kie, chat: telegram.zip(agreed.chat()), rng: accounts.rng.clone() };
    let mut notes = Notes::default();
    perform(case, &context, &mut notes).await;
    let (exchanges, observations) = recorder.finish(&notes.observations);
    notes.observations.clone_from(&observations);
    // Only a fake is reached over plain http.
    let made_by = if accounts.kie.can_reach("http://a.local/") { FAKES } else { LIVE };
    let recording = Recording { made_by: made_by.to_owned(), case: case.clone(), observations, exchanges };
    let path = folder.join(format!("{}.json", case.id));
    write(&path, &recording)
        .map_err(|error| OpsError::new(format!("cannot write {}: {error}", path.display()), ADVICE_RECORD))?;
    Ok(notes)
}

fn write(path: &Path, recording: &Recording) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = serde_json::to_string_pretty(recording)?;
    std::fs::write(path, text + "\n")
}

async fn perform(case: &Case, context: &CaseContext, notes: &mut Notes) {
    match &case.work {
        Work::Film(order) => film::perform(context, order, notes).await,
        Work::SilentFilm(way) => chat::perform(context, *way, notes).await,
    }
}

/// Runs a recorded case against its recording. Returns the observations, and the recorded calls that were not made.
pub async fn replay(recording: &Recording) -> (Vec<Observation>, Vec<String>) {
    let replay = Replay::new(&recording.exchanges);
    let wire = Wire::over(replay.clone());
    let secret = || Secret::new("1:replayed");
    let kie = Kie::new(wire.clone(), "https://kie.example", secret()).with_upload_url("https://upload.example");
    let telegram = Telegram::new(wire, "https://telegram.example", secret());
    let context = CaseContext { kie, chat: Some((telegram, 1)), rng: Rng::seeded(1) };
    let mut notes = Notes::default();
    perform(&recording.case, &context, &mut notes).await;
    (notes.observations, replay.left())
}

//! Dead letters: messages that no function could handle, kept for inspection for two weeks.

use std::{fmt, time::Duration};

use adapters::queues::{Letter, Queues};
use domain::job_message::JobMessage;
use serde::Serialize;
use serde_json::Value;

use crate::{
    context::{Answer, OpsContext, OpsError},
    text_table::{TextTable, line},
};

/// Most letters read at once.
pub const LETTERS_MAX: usize = 1000;
/// How long the letters stay hidden from other readers while a command works on them. The command releases them at its end.
const HOLD: Duration = Duration::from_secs(120);
/// Fewest characters of an id by which a letter is found.
const NAME_MIN_CHARS: usize = 6;

/// A parked dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LetterView {
    /// The letter's id in the queue.
    pub letter: String,
    /// When its message was first sent.
    pub first_seen: String,
    /// The job that the letter is about.
    pub job: String,
    /// The owner of the job.
    pub person: String,
    /// The stage of the job.
    pub stage: String,
    /// The class of the failure.
    pub class: String,
    /// Attempts used.
    pub attempts: String,
    /// Credits refunded.
    pub refunded: String,
    /// The dead-letter queue from which the letter came.
    pub queue: String,
    /// The letter's body: an object with the job's history, or the message itself if it is not a job message.
    pub body: Value,
}

impl From<&Letter> for LetterView {
    fn from(letter: &Letter) -> Self {
        let attribute = |name: &str| letter.attributes.get(name).cloned().unwrap_or_else(|| "-".to_owned());
        Self {
            letter: letter.id.clone(),
            first_seen: attribute("first_seen"),
            job: attribute("job"),
            person: attribute("person"),
            stage: attribute("stage"),
            class: attribute("class"),
            attempts: attribute("attempts"),
            refunded: attribute("refunded"),
            queue: attribute("queue"),
            body: serde_json::from_str(&letter.body).unwrap_or_else(|_| Value::String(letter.body.clone())),
        }
    }
}

/// The parked letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letters {
    /// The letters, oldest first.
    pub letters: Vec<LetterView>,
}

impl Answer for Letters {}

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.letters.is_empty() {
            return writeln!(f, "no letter is parked");
        }
        let mut lines = TextTable::new(["letter", "first seen", "job", "person", "stage", "class", "attempts", "refunded"]);
        for it in &self.letters {
            let letter: String = it.letter.chars().take(8).collect();
            let cells = [&it.first_seen, &it.job, &it.person, &it.stage, &it.class, &it.attempts, &it.refunded].map(Clone::clone);
            let [first_seen, job, person, stage, class, attempts, refunded] = cells;
            lines.row([letter, first_seen, job, person, stage, class, attempts, refunded]);
        }
        write!(f, "{lines}")?;
        if self.letters.len() >= LETTERS_MAX {
            writeln!(f, "there may be more letters: at most {LETTERS_MAX} are listed")
        } else {
            Ok(())
        }
    }
}

/// Letters with their bodies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The letters with the given name.
    pub letters: Vec<LetterView>,
}

impl Answer for Shown {}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for it in &self.letters {
            line(f, "letter", &it.letter)?;
            for (name, value) in [
                ("first seen", &it.first_seen),
                ("from", &it.queue),
                ("job", &it.job),
                ("person", &it.person),
                ("stage", &it.stage),
                ("class", &it.class),
                ("attempts", &it.attempts),
                ("refunded", &it.refunded),
            ] {
                line(f, name, value)?;
            }
            writeln!(f, "{:#}", it.body)?;
        }
        Ok(())
    }
}

/// Lists the parked letters, oldest first.
///
/// # Errors
/// The queue could not be read.
pub async fn list(context: &OpsContext) -> Result<Letters, OpsError> {
    let letters = with_letters(&context.queues()?, async |letters| Ok(letters.iter().map(LetterView::from).collect())).await?;
    Ok(Letters { letters })
}

/// Shows the letters with a name: a letter's id, a job's id, or the beginning of either.
///
/// # Errors
/// No letter has this name, letters of several jobs have it, or the queue could not be read.
pub async fn show(context: &OpsContext, name: &str) -> Result<Shown, OpsError> {
    let shown = async |letters: &[Letter]| Ok(named(letters, name)?.into_iter().map(LetterView::from).collect());
    Ok(Shown { letters: with_letters(&context.queues()?, shown).await? })
}

/// The result of a drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The ids of the deleted letters.
    pub letters: Vec<String>,
    /// The note, with the operator and the reason.
    pub note: String,
}

impl Answer for Dropped {}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letters.iter().try_for_each(|letter| writeln!(f, "dropped: {letter}: {}", self.note))
    }
}

/// Deletes the letters with a name, and records the operator and the reason.
///
/// # Errors
/// No letter has this name, letters of several jobs have it, or a call failed: then the letter is still parked.
pub async fn drop_letters(context: &OpsContext, name: &str, why: &str) -> Result<Dropped, OpsError> {
    let (table, queues) = (context.table()?, context.queues()?);
    let note = context.signed(why);
    let letters = with_letters(&queues, async |letters| {
        let mut dropped = Vec::new();
        for letter in named(letters, name)? {
            let what = format!("drop the letter {} about job {}", letter.id, LetterView::from(letter).job);
            // The note is written first: a note of a letter that is still parked does less harm than an unrecorded deletion.
            table.note_operation(&what, &note, context.now()).await?;
            queues.delete_parked(letter).await?;
            dropped.push(letter.id.clone());
        }
        Ok(dropped)
    });
    Ok(Dropped { letters: letters.await?, note })
}

/// Receives all letters, calls `work` with them, and releases them.
pub(crate) async fn with_letters<T>(
    queues: &Queues,
    work: impl AsyncFnOnce(&[Letter]) -> Result<T, OpsError>,
) -> Result<T, OpsError> {
    let mut letters = queues.parked(LETTERS_MAX, HOLD).await?;
    letters.sort_by_key(|letter| (letter.attributes.get("first_seen").cloned(), letter.id.clone()));
    let done = work(&letters).await;
    queues.release(&letters).await;
    done
}

/// The letters with a name. Several are returned only if they are about one job.
pub(crate) fn named<'a>(letters: &'a [Letter], name: &str) -> Result<Vec<&'a Letter>, OpsError> {
    let job = |letter: &Letter| letter.attributes.get("job").cloned();
    let whole = |letter: &&Letter| letter.id == name || job(letter).is_some_and(|job| job == name);
    let begins = |letter: &&Letter| letter.id.starts_with(name) || job(letter).is_some_and(|job| job.starts_with(name));
    let mut found: Vec<_> = letters.iter().filter(whole).collect();
    if found.is_empty() && name.chars().count() >= NAME_MIN_CHARS {
        found = letters.iter().filter(begins).collect();
    }
    let first = found.first().ok_or_else(|| {
        let advice = "See `parked list`. While another operator works on the letters they are hidden, for two minutes at most.";
        OpsError::new(format!("no parked letter is named {name}"), advice)
    })?;
    if found.len() > 1 && (job(first).is_none() || found.iter().any(|letter| job(letter) != job(first))) {
        return Err(OpsError::new(
            format!("the name {name} fits {} letters", found.len()),
            "Give more characters of the id: see `parked list --json`.",
        ));
    }
    Ok(found)
}

/// The job message in a letter.
pub(crate) fn message_of(letter: &Letter) -> Result<JobMessage, OpsError> {
    JobMessage::parse(&letter.body).map_err(|_| {
        let what = format!("the letter {} is about no job: there is nothing to replay", letter.id);
        OpsError::new(what, "Read the letter with `parked show`, then `parked drop` it.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: &str, job: Option<&str>) -> Letter {
        let attributes = job.map(|job| ("job".to_owned(), job.to_owned())).into_iter().collect();
        Letter { id: id.to_owned(), receipt: "r".to_owned(), body: "x".to_owned(), attributes }
    }

    #[test]
    fn a_letter_is_found_by_its_id_its_job_or_the_beginning_of_either() {
        let letters = [
            letter("aaaaaa-1", Some("bbbbbbbb.1")),
            letter("aaaaaa-2", Some("bbbbbbbb.1")),
            letter("cccccc-3", Some("dddddddd.1")),
            letter("cccccc-4", None),
        ];
        let found = |name: &str| named(&letters, name).map(|found| found.into_iter().map(|it| it.id.clone()).collect::<Vec<_>>());
        assert_eq!(found("aaaaaa-1").unwrap(), ["aaaaaa-1"]);
        assert_eq!(found("bbbbbbbb.1").unwrap(), ["aaaaaa-1", "aaaaaa-2"], "both letters of the job");
        assert_eq!(found("dddddd").unwrap(), ["cccccc-3"]);
        assert!(found("cccccc").unwrap_err().to_string().starts_with("the name cccccc fits 2 letters"));
        assert!(
            found("ddd").unwrap_err().to_string().starts_with("no parked letter is named ddd"),
            "three characters are too few"
        );
    }
}

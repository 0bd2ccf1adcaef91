//! Classifies KIE's failures. The text of a failure decides first, by its words ([`table`]), then the code.
//!
//! KIE answers HTTP 200 for most errors, and its codes are unreliable: 500 may mean bad input or an empty account, 422 may mean
//! an outage, and the message of a failure may even be "success". The tests have messages from KIE's documentation and traffic,
//! and invented ones.

mod complaint;
mod log_text;
mod table;
#[cfg(test)]
mod tests;
mod words;

use domain::classify::Diagnosis;

pub use complaint::{Complaint, PhotoComplaint};
use words::Words;

/// A failure as KIE reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// KIE's code as text ("422", "GENERATION_FAILED"); empty if KIE gave none.
    pub code: String,
    /// KIE's message. It may be empty or even "success". It may repeat the prompt: log [`Failure::log_text`] instead.
    pub message: String,
}

impl Failure {
    /// What KIE complains about.
    #[must_use]
    pub fn complaint(&self) -> Complaint {
        let words = Words::of(&format!("{} {}", self.code_words(), self.message));
        let row = table::TABLE.iter().find(|(_, rules)| rules.iter().any(|rule| words.satisfy(rule)));
        match row {
            // "Task failed." says only that there is no video. These codes say why.
            Some((Complaint::Internal, _)) => by_refusing_code(&self.code).unwrap_or(Complaint::Internal),
            Some(&(complaint, _)) => complaint,
            None => by_code(&self.code, words.is_silent()),
        }
    }

    /// The code if it is a name, like `InvalidParameter.ImageSize`: its words count like those of the message.
    fn code_words(&self) -> &str {
        if self.code.contains(char::is_alphabetic) { &self.code } else { "" }
    }
}

/// The class, reason and retry of a failure.
#[must_use]
pub fn classify(failure: &Failure) -> Diagnosis {
    failure.complaint().diagnosis(&failure.code)
}

/// The complaint of a code that KIE uses for refusals of our account only.
fn by_refusing_code(code: &str) -> Option<Complaint> {
    match code {
        "401" => Some(Complaint::Access),
        "402" | "433" => Some(Complaint::Money),
        _ => None,
    }
}

/// The complaint of a code whose text is unknown or says nothing. 400, 422, 500 and 501 decide nothing: KIE uses them for all kinds
/// of complaints. 429 decides only where the text says nothing: KIE also sends it with texts about money, and an unknown one of them
/// must reach the operator. A rate limit is retried until the deadline without a notification.
fn by_code(code: &str, text_is_silent: bool) -> Complaint {
    match code {
        "404" | "505" => Complaint::Model,
        "451" => Complaint::Fetch,
        "429" if text_is_silent => Complaint::Rate,
        "455" => Complaint::Busy,
        "408" => Complaint::Internal,
        // KIE's usual failures without a reason.
        "" | "500" | "501" if text_is_silent => Complaint::Internal,
        _ => by_refusing_code(code).unwrap_or(Complaint::Unknown),
    }
}

//! Ids of people, drafts and jobs.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Telegram's id of a person, which is also the id of the person's private chat with the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a draft, and of the order that the draft becomes. It is a UUIDv7, so a person's orders sort by time in one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DraftId(pub Uuid);

impl fmt::Display for DraftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl DraftId {
    /// The id of another order with the same time as this one, and with `bytes` in place of the random part.
    #[must_use]
    pub fn sibling(self, bytes: &[u8; 10]) -> Self {
        let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
        let millis = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, bytes).into_uuid())
    }

    /// When the draft was begun, read from its id; `None` if the id contains no time.
    #[must_use]
    pub fn begun_at(self) -> Option<Timestamp> {
        let (seconds, nanoseconds) = self.0.get_timestamp()?.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
    }
}

/// The id of a job: the draft of its order, and the number of its video in that order.
///
/// A job's id is derived, never random. Confirming the same draft twice yields the same ids, so each job is charged once.
/// The text form is `<draft, 32 hex digits>.<n>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId {
    /// The draft that became the order.
    pub draft: DraftId,
    /// The number of the video in the order, from 1.
    pub n: u8,
}

impl JobId {
    /// The id of the job that brings the film of this failed job: the operator's free replay or the seller's order of the finished film.
    /// Each failed job has one such id, so only one of the two begins. It sorts next to the job.
    #[must_use]
    pub fn replay(self) -> Self {
        let digest = Sha256::digest(format!("replay of {self}"));
        let mut bytes = [0; 10];
        bytes.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
        Self { draft: self.draft.sibling(&bytes), n: 1 }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.draft, self.n)
    }
}

/// The text is not a job id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a job id: expected <32 hex digits>.<1-255>")]
pub struct NotAJobId;

impl FromStr for JobId {
    type Err = NotAJobId;

    fn from_str(text: &str) -> Result<Self, NotAJobId> {
        let (draft, n) = text.split_once('.').ok_or(NotAJobId)?;
        let job = Self { draft: DraftId(Uuid::try_parse(draft).map_err(|_| NotAJobId)?), n: n.parse().map_err(|_| NotAJobId)? };
        // Each id has one spelling: another spelling of a valid id is refused.
        if job.n > 0 && job.to_string() == text { Ok(job) } else { Err(NotAJobId) }
    }
}

impl Serialize for JobId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sibling_s_id_sorts_next_to_its_order() {
        let begun = |millis| DraftId(uuid::Builder::from_unix_timestamp_millis(millis, &[9; 10]).into_uuid());
        let sibling = begun(1_800_000_000_000).sibling(&[7; 10]);
        assert_eq!(sibling, begun(1_800_000_000_000).sibling(&[7; 10]), "the same for the same bytes");
        assert_ne!(sibling, begun(1_800_000_000_000).sibling(&[8; 10]));
        assert!(begun(1_799_999_999_999) < sibling && sibling < begun(1_800_000_000_001));
        assert_eq!(sibling.0.get_version_num(), 7);
    }

    #[test]
    fn a_draft_s_id_holds_the_time_it_was_begun() {
        let at = uuid::Timestamp::from_unix(uuid::NoContext, 1_800_000_000, 123_000_000);
        let begun = DraftId(Uuid::new_v7(at)).begun_at();
        assert_eq!(begun, Timestamp::from_millisecond(1_800_000_000_123).ok());
        assert_eq!(DraftId(Uuid::from_u128(7)).begun_at(), None);
    }

    #[test]
    fn each_job_has_one_replay_id_of_its_own() {
        let job: JobId = "019b76da9ae07b3fa5b3a5e5a1d4c0d2.1".parse().unwrap();
        assert_eq!(job.replay(), job.replay());
        let second = JobId { n: 2, ..job };
        let all = [job, second, job.replay(), second.replay(), job.replay().replay()];
        let different: std::collections::BTreeSet<_> = all.into_iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|id| id.to_string().starts_with("019b76da9ae0")), "every id sorts at the same time");
    }

    #[test]
    fn a_job_id_reads_back_as_it_was_written_and_in_no_other_spelling() {
        let id = JobId { draft: DraftId(Uuid::from_u128(7)), n: 3 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "x", "1.1", &format!("{}.0", id.draft), &format!("{}.03", id.draft), &format!("{}.3", id.draft.0)] {
            assert_eq!(wrong.parse::<JobId>(), Err(NotAJobId), "{wrong}");
        }
    }
}

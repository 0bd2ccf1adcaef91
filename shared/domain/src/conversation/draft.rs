//! A draft: an order before it is paid, with its answers so far and its next question.
//!
//! The questions follow from the catalog: the bot does not ask a question with only one answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Catalog, Kind, Product, Style},
    credits::Credits,
    ids::DraftId,
    job::{Brief, Job},
    photo::Photo,
};

/// Longest description of a product, in characters.
pub const ABOUT_MAX_CHARS: usize = 300;
/// Longest wishes for a video, in characters.
pub const WISHES_MAX_CHARS: usize = 500;

/// An order before it is paid. The confirm button carries the draft's id and revision, so an older button confirms nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The draft's id; the ids of its jobs derive from it.
    pub id: DraftId,
    /// Grows by one when an answer changes.
    pub revision: u32,
    /// When the draft was last changed or left; a left draft is kept for a day from then.
    pub touched_at: Timestamp,
    /// The kind of video: Neurocard or Reels.
    pub kind: Option<Kind>,
    /// The product's photo.
    pub photo: Option<Photo>,
    /// The seller's description of the product.
    pub about: Answer,
    /// The style of the video.
    pub style: Option<Style>,
    /// The seller's own prompt, for the style [`Style::Own`].
    pub own_prompt: OwnPrompt,
    /// The seller's wishes for the video.
    pub wishes: Answer,
    /// Number of videos.
    pub count: Option<u8>,
    /// The price of one video that the seller was shown, in credits. The seller is charged this price even if the catalog
    /// changes.
    pub quote: Option<Credits>,
}

/// An answer that the seller may skip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The question is not answered yet.
    #[default]
    Open,
    /// The seller skipped the question.
    Skipped,
    /// The seller's words.
    Given(String),
}

/// The seller's own prompt: the seller writes it, then reviews it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnPrompt {
    /// The prompt is not written yet.
    #[default]
    Open,
    /// The prompt is written and waits for the seller's review.
    Written(String),
    /// The seller accepted the prompt.
    Kept(String),
}

/// A question about a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The kind of video: Neurocard or Reels.
    Kind,
    /// The product's photo.
    Photo,
    /// The seller's description of the product.
    About,
    /// The style of the video.
    Style,
    /// The seller's own prompt; the answer replaces the prompt.
    OwnPrompt,
    /// More for the seller's own prompt; the answer is added to the prompt.
    MorePrompt,
    /// Whether the seller accepts the own prompt as written.
    ReviewPrompt,
    /// The seller's wishes for the video.
    Wishes,
    /// Number of videos.
    Count,
    /// Whether to pay: the draft is complete, and the screen shows price and balance.
    Summary,
    /// Whether this photo replaces the draft's photo.
    ReplacePhoto {
        /// The new photo.
        photo: Photo,
        /// The new photo's caption.
        about: Option<String>,
    },
}

impl Answer {
    /// The seller's words; `None` for an open or skipped answer.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        if let Self::Given(words) = self { Some(words) } else { None }
    }

    fn of(words: Option<&String>) -> Self {
        words.map_or(Self::Skipped, |words| Self::Given(words.clone()))
    }
}

impl OwnPrompt {
    /// The prompt; `None` if it is not written yet.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        if let Self::Written(words) | Self::Kept(words) = self { Some(words) } else { None }
    }
}

impl Draft {
    /// A new draft without answers.
    #[must_use]
    pub fn begun(id: DraftId, now: Timestamp) -> Self {
        Self {
            id,
            revision: 1,
            touched_at: now,
            kind: None,
            photo: None,
            about: Answer::Open,
            style: None,
            own_prompt: OwnPrompt::Open,
            wishes: Answer::Open,
            count: None,
            quote: None,
        }
    }

    /// A new draft with the answers of an earlier job, for one video.
    #[must_use]
    pub fn again(job: &Job, id: DraftId, now: Timestamp, catalog: &Catalog) -> Self {
        let order = &job.order;
        let draft = Self {
            kind: Some(order.kind),
            photo: Some(order.photo.clone()),
            about: Answer::of(order.brief.about.as_ref()),
            style: Some(order.style),
            own_prompt: order.brief.own_prompt.clone().map_or(OwnPrompt::Open, OwnPrompt::Kept),
            wishes: Answer::of(order.brief.wishes.as_ref()),
            count: Some(1),
            ..Self::begun(id, now)
        };
        draft.settled(catalog)
    }

    /// The same draft without the seller's words: description, wishes and own prompt are asked again.
    #[must_use]
    pub(super) fn without_words(self) -> Self {
        Self { about: Answer::Open, wishes: Answer::Open, own_prompt: OwnPrompt::Open, ..self }
    }

    /// The seller's words for the jobs of this draft.
    #[must_use]
    pub fn brief(&self) -> Brief {
        let words = |answer: &Answer| answer.words().map(str::to_owned);
        let is_own = self.style == Some(Style::Own);
        let own_prompt = self.own_prompt.words().filter(|_| is_own).map(str::to_owned);
        // An own prompt is used unchanged, so wishes from before the choice of that style are left out.
        Brief { about: words(&self.about), wishes: words(&self.wishes).filter(|_| !is_own), own_prompt }
    }

    /// The catalog row for the draft's kind and style; `None` until both are known.
    #[must_use]
    pub fn product<'a>(&self, catalog: &'a Catalog) -> Option<&'a Product> {
        catalog.offer(self.kind?, self.style?)
    }

    /// The quoted price of all videos, in credits; `None` until quote and count are known.
    #[must_use]
    pub fn price(&self) -> Option<Credits> {
        self.quote?.times(self.count?)
    }

    /// The draft after a change, as a new revision without a quote. Answers with one option are filled in; answers that the
    /// catalog no longer offers are removed.
    #[must_use]
    pub(super) fn changed(self, now: Timestamp, catalog: &Catalog) -> Self {
        Self { revision: self.revision.saturating_add(1), touched_at: now, quote: None, ..self }.settled(catalog)
    }

    /// Whether the catalog offers every choice of the draft.
    #[must_use]
    pub(super) fn is_settled(&self, catalog: &Catalog) -> bool {
        self.clone().settled(catalog) == *self
    }

    /// Whether the draft holds a photo or words, which the seller would not want to lose.
    #[must_use]
    pub(super) fn has_content(&self) -> bool {
        self.photo.is_some() || self.about.words().is_some() || self.own_prompt.words().is_some()
    }

    fn settled(mut self, catalog: &Catalog) -> Self {
        if let Some(kind) = self.kind {
            let styles = catalog.styles(kind);
            self.style = match styles.as_slice() {
                [only] => Some(*only),
                _ => self.style.filter(|style| styles.contains(style)),
            };
        }
        let counts = self.product(catalog).map(|product| product.counts.clone()).unwrap_or_default();
        self.count = match counts.as_slice() {
            [] => self.count,
            [only] => Some(*only),
            several => self.count.filter(|count| several.contains(count)),
        };
        let prompt_max = self.product(catalog).map_or(usize::MAX, |product| product.prompt.max_chars);
        if self.own_prompt.words().is_some_and(|words| crate::utf16::length(words) > prompt_max) {
            self.own_prompt = OwnPrompt::Open;
        }
        self
    }

    /// The questions that apply to the draft, in order. A later answer may add questions.
    #[must_use]
    pub fn questions(&self, catalog: &Catalog) -> Vec<Question> {
        let several_styles = self.kind.is_some_and(|kind| catalog.styles(kind).len() > 1);
        let several_counts = self.product(catalog).is_some_and(|product| product.counts.len() > 1);
        let own = self.style == Some(Style::Own);
        [
            (true, Question::Kind),
            (true, Question::Photo),
            (true, Question::About),
            (several_styles, Question::Style),
            (own, Question::OwnPrompt),
            (own, Question::ReviewPrompt),
            (!own, Question::Wishes),
            (several_counts, Question::Count),
            (true, Question::Summary),
        ]
        .into_iter()
        .filter_map(|(applies, question)| applies.then_some(question))
        .collect()
    }

    /// Whether the draft has the answer to this question.
    #[must_use]
    pub fn has_answered(&self, question: &Question) -> bool {
        match question {
            Question::Kind => self.kind.is_some(),
            Question::Photo => self.photo.is_some(),
            Question::About => self.about != Answer::Open,
            Question::Style => self.style.is_some(),
            Question::OwnPrompt | Question::MorePrompt => self.own_prompt != OwnPrompt::Open,
            Question::ReviewPrompt => matches!(self.own_prompt, OwnPrompt::Kept(_)),
            Question::Wishes => self.wishes != Answer::Open,
            Question::Count => self.count.is_some(),
            Question::Summary | Question::ReplacePhoto { .. } => false,
        }
    }

    /// The first question without an answer; the summary if all are answered.
    #[must_use]
    pub fn next_question(&self, catalog: &Catalog) -> Question {
        let mut questions = self.questions(catalog).into_iter();
        questions.find(|question| !self.has_answered(question)).unwrap_or(Question::Summary)
    }

    /// The question before this one; `None` for the first.
    #[must_use]
    pub fn question_before(&self, question: &Question, catalog: &Catalog) -> Option<Question> {
        match question {
            Question::MorePrompt => return Some(Question::ReviewPrompt),
            Question::ReplacePhoto { .. } => return Some(self.next_question(catalog)),
            _ => {}
        }
        let questions = self.questions(catalog);
        let at = questions.iter().position(|known| known == question)?;
        questions.get(at.checked_sub(1)?).cloned()
    }
}

impl Question {
    /// The question's name in the generated table of transitions.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Photo => "photo",
            Self::About => "about",
            Self::Style => "style",
            Self::OwnPrompt => "own prompt",
            Self::MorePrompt => "more prompt",
            Self::ReviewPrompt => "review prompt",
            Self::Wishes => "wishes",
            Self::Count => "count",
            Self::Summary => "summary",
            Self::ReplacePhoto { .. } => "replace photo",
        }
    }

    /// Whether the seller answers this question with words.
    #[must_use]
    pub fn takes_words(&self) -> bool {
        matches!(self, Self::About | Self::OwnPrompt | Self::MorePrompt | Self::ReviewPrompt | Self::Wishes)
    }
}

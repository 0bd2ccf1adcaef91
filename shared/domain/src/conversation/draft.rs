//! An order being put together: what is known of it, and which question comes next.
//!
//! The questions follow from the catalog: what has only one answer is not asked.

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

/// An order being put together. Its id and revision are in the confirm button: an older button is not this draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Names the jobs it becomes.
    pub id: DraftId,
    /// Grows when anything in it changes.
    pub revision: u32,
    /// When it was last touched: one that was left is kept for a day.
    pub touched_at: Timestamp,
    /// Neurocard or Reels.
    pub kind: Option<Kind>,
    /// The photo.
    pub photo: Option<Photo>,
    /// What the product is.
    pub about: Answer,
    /// How it is told.
    pub style: Option<Style>,
    /// Their own prompt, for the style of that name.
    pub own_prompt: OwnPrompt,
    /// Wishes for the video.
    pub wishes: Answer,
    /// How many videos.
    pub count: Option<u8>,
    /// The price of one video as it was shown; what is charged is this, whatever the catalog says by then.
    pub quote: Option<Credits>,
}

/// An answer that may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Not asked yet.
    #[default]
    Open,
    /// They had nothing to say.
    Skipped,
    /// Their words.
    Given(String),
}

/// A prompt of one's own: written, then looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnPrompt {
    /// Not written yet.
    #[default]
    Open,
    /// Written and shown back.
    Written(String),
    /// Taken as it is.
    Kept(String),
}

/// What is asked about a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Neurocard or Reels.
    Kind,
    /// The photo.
    Photo,
    /// What the product is.
    About,
    /// How it is told.
    Style,
    /// Their own prompt; what they write replaces the one there is.
    OwnPrompt,
    /// More for their own prompt; what they write is added to the one there is.
    MorePrompt,
    /// Whether their own prompt is right.
    ReviewPrompt,
    /// Wishes for the video.
    Wishes,
    /// How many videos.
    Count,
    /// Whether to pay: everything is there, price and balance are shown.
    Summary,
    /// Whether another photo takes the place of the one there is.
    ReplacePhoto {
        /// The other photo.
        photo: Photo,
        /// What stands under it.
        about: Option<String>,
    },
}

impl Answer {
    /// The words, if any were given.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        if let Self::Given(words) = self { Some(words) } else { None }
    }

    fn of(words: Option<&String>) -> Self {
        words.map_or(Self::Skipped, |words| Self::Given(words.clone()))
    }
}

impl OwnPrompt {
    /// The prompt, if it is written.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        if let Self::Written(words) | Self::Kept(words) = self { Some(words) } else { None }
    }
}

impl Draft {
    /// A draft with nothing in it.
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

    /// A draft for the product of an earlier job: everything as it was, one video.
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

    /// The same draft with its words still to be said.
    #[must_use]
    pub(super) fn without_words(self) -> Self {
        Self { about: Answer::Open, wishes: Answer::Open, own_prompt: OwnPrompt::Open, ..self }
    }

    /// What the jobs are told.
    #[must_use]
    pub fn brief(&self) -> Brief {
        let words = |answer: &Answer| answer.words().map(str::to_owned);
        let is_own = self.style == Some(Style::Own);
        let own_prompt = self.own_prompt.words().filter(|_| is_own).map(str::to_owned);
        // Their own prompt is made as it is: wishes said before they chose it are no part of it.
        Brief { about: words(&self.about), wishes: words(&self.wishes).filter(|_| !is_own), own_prompt }
    }

    /// The catalog row it would be made by, once kind and style are known.
    #[must_use]
    pub fn product<'a>(&self, catalog: &'a Catalog) -> Option<&'a Product> {
        catalog.offer(self.kind?, self.style?)
    }

    /// What all its videos cost, as it was shown.
    #[must_use]
    pub fn price(&self) -> Option<Credits> {
        self.quote?.times(self.count?)
    }

    /// A change: another revision, what has only one answer filled in, what is no longer offered taken out.
    #[must_use]
    pub(super) fn changed(self, now: Timestamp, catalog: &Catalog) -> Self {
        Self { revision: self.revision.saturating_add(1), touched_at: now, quote: None, ..self }.settled(catalog)
    }

    /// Whether the catalog offers what is chosen here.
    #[must_use]
    pub(super) fn is_settled(&self, catalog: &Catalog) -> bool {
        self.clone().settled(catalog) == *self
    }

    /// Whether a person would miss it.
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
        if self.own_prompt.words().is_some_and(|words| words.chars().count() > prompt_max) {
            self.own_prompt = OwnPrompt::Open;
        }
        self
    }

    /// The questions that apply to it, in order. What is not known yet may add some.
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

    /// Whether a question has its answer.
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

    /// The first question without an answer.
    #[must_use]
    pub fn next_question(&self, catalog: &Catalog) -> Question {
        let mut questions = self.questions(catalog).into_iter();
        questions.find(|question| !self.has_answered(question)).unwrap_or(Question::Summary)
    }

    /// The question before this one; `None` before the first.
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
    /// Its name, for the transition table.
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

    /// Whether words answer it.
    #[must_use]
    pub fn takes_words(&self) -> bool {
        matches!(self, Self::About | Self::OwnPrompt | Self::MorePrompt | Self::ReviewPrompt | Self::Wishes)
    }
}

//! A draft: an order before it is paid, with its answers so far and its next question.
//!
//! The bot asks only for the kind and the photo, and for the words of an own prompt. Every other answer has a default, and the
//! summary offers to change it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sources::Source;
use crate::{
    catalog::{Catalog, Frame, Kind, Length, Product, Style},
    credits::Credits,
    ids::DraftId,
    job::{Brief, Finished, Job, Order},
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
    /// Length of a video in seconds; `None` for the product's default length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secs: Option<u32>,
    /// The film's proportions; `None` for the product's default frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
    /// The messages that gave the answers, so that an edit of one changes its answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// The finished video that the order sends, instead of making one. Such a draft has a summary and nothing to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Box<Finished>>,
    /// The price of one video that the seller was shown, in credits. The seller is charged this price even if the catalog
    /// changes.
    pub quote: Option<Credits>,
    /// The shape of the film that the seller was shown with the quote; `None` in a draft of an earlier release. A button under an
    /// older summary orders nothing if the catalog's default has changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shape>,
}

/// The proportions and the length of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The proportions.
    pub frame: Frame,
    /// The length in seconds.
    pub secs: u32,
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
    /// Whether to pay: the screen shows the whole order, price and balance, and offers to change each choice.
    Summary,
    /// Whether this photo replaces the draft's photo.
    ReplacePhoto {
        /// The new photo.
        photo: Photo,
        /// The new photo's caption.
        about: Option<String>,
        /// Telegram's id of the message with the new photo.
        #[serde(default)]
        message: Option<i64>,
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
            secs: None,
            frame: None,
            sources: vec![],
            finished: None,
            quote: None,
            shown: None,
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
            secs: order.secs,
            frame: order.frame,
            ..Self::begun(id, now)
        };
        draft.settled(catalog)
    }

    /// A draft that orders a finished video, at the price of the order whose delivery failed.
    #[must_use]
    pub fn of_finished(finished: Finished, now: Timestamp) -> Self {
        let id = finished.id.draft;
        let Order { kind, style, secs, frame, price, .. } = finished.order;
        Self {
            kind: Some(kind),
            style: Some(style),
            secs,
            frame,
            // Without a photo an earlier release, which does not know a finished video, orders nothing.
            photo: None,
            count: Some(1),
            quote: Some(price),
            finished: Some(Box::new(finished)),
            ..Self::begun(id, now)
        }
    }

    /// The same draft without the seller's words: description, wishes and own prompt are asked again.
    #[must_use]
    pub(super) fn without_words(self) -> Self {
        Self { about: Answer::Open, wishes: Answer::Open, own_prompt: OwnPrompt::Open, sources: vec![], ..self }
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

    /// The length of a video, with its price; `None` until the product is known.
    #[must_use]
    pub fn length(&self, catalog: &Catalog) -> Option<Length> {
        self.product(catalog).map(|product| product.length(self.secs))
    }

    /// The film's proportions; `None` until the product is known.
    #[must_use]
    pub fn frame(&self, catalog: &Catalog) -> Option<Frame> {
        self.product(catalog).map(|product| product.frame(self.frame))
    }

    /// The film's proportions and length; `None` until the product is known.
    #[must_use]
    pub fn shape(&self, catalog: &Catalog) -> Option<Shape> {
        Some(Shape { frame: self.frame(catalog)?, secs: self.length(catalog)?.secs })
    }

    /// The quoted price of all videos, in credits; `None` until quote and count are known.
    #[must_use]
    pub fn price(&self) -> Option<Credits> {
        self.quote?.times(self.count?)
    }

    /// The draft after a change, as a new revision without a quote. Choices that are missing, or that the catalog no longer offers,
    /// get their default.
    #[must_use]
    pub(super) fn changed(self, now: Timestamp, catalog: &Catalog) -> Self {
        Self { revision: self.revision.saturating_add(1), touched_at: now, quote: None, shown: None, ..self }.settled(catalog)
    }

    /// Whether the catalog offers every choice of the draft.
    #[must_use]
    pub(super) fn is_settled(&self, catalog: &Catalog) -> bool {
        let is_as_shown = self.shown.is_none_or(|shown| self.shape(catalog) == Some(shown));
        self.finished.is_some() || (is_as_shown && self.clone().settled(catalog) == *self)
    }

    /// Whether the draft holds a photo or words, which the seller would not want to lose.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.finished.is_none() && (self.photo.is_some() || self.about.words().is_some() || self.own_prompt.words().is_some())
    }

    /// The first style of a kind whose model takes the draft's photo; the first style if none does.
    fn default_style(&self, kind: Kind, catalog: &Catalog) -> Option<Style> {
        let fits = |product: &&Product| {
            self.photo.as_ref().is_none_or(|photo| product.flaw(&photo.facts(), product.frame(self.frame)).is_none())
        };
        let rows = || catalog.offered().filter(|product| product.kind == kind);
        rows().find(fits).or_else(|| rows().next()).map(|product| product.style)
    }

    /// The draft with a style and a count that the catalog offers: the first suitable ones by default.
    fn settled(mut self, catalog: &Catalog) -> Self {
        if let Some(kind) = self.kind {
            let styles = catalog.styles(kind);
            self.style = self.style.filter(|style| styles.contains(style)).or_else(|| self.default_style(kind, catalog));
        }
        if let Some(counts) = self.product(catalog).map(|product| &product.counts) {
            self.count = self.count.filter(|count| counts.contains(count)).or(counts.first().copied());
        }
        let lengths = self.product(catalog).map(|product| product.lengths.as_slice()).unwrap_or_default();
        self.secs = self.secs.filter(|secs| lengths.iter().any(|length| length.secs == *secs));
        let frames = self.product(catalog).map(|product| product.frames.as_slice()).unwrap_or_default();
        self.frame = self.frame.filter(|frame| frames.contains(frame));
        let prompt_max = self.product(catalog).map_or(usize::MAX, |product| product.prompt.max_chars);
        if self.own_prompt.words().is_some_and(|words| crate::utf16::length(words) > prompt_max) {
            self.own_prompt = OwnPrompt::Open;
        }
        self
    }

    /// The questions that lead to the summary, in order: each needs an answer.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        let prompt = [Question::OwnPrompt, Question::ReviewPrompt].into_iter().filter(|_| self.style == Some(Style::Own));
        [Question::Kind, Question::Photo].into_iter().chain(prompt).collect()
    }

    /// Whether the draft has an answer to this question, or needs none.
    #[must_use]
    pub fn has_answered(&self, question: &Question) -> bool {
        match question {
            Question::Kind => self.kind.is_some(),
            Question::Photo => self.photo.is_some(),
            Question::OwnPrompt | Question::MorePrompt => self.own_prompt != OwnPrompt::Open,
            Question::ReviewPrompt => matches!(self.own_prompt, OwnPrompt::Kept(_)),
            Question::About | Question::Style | Question::Wishes | Question::Count => true,
            Question::Summary | Question::ReplacePhoto { .. } => false,
        }
    }

    /// The first question without an answer; the summary if all are answered.
    #[must_use]
    pub fn next_question(&self) -> Question {
        self.questions().into_iter().find(|question| !self.has_answered(question)).unwrap_or(Question::Summary)
    }

    /// Whether the draft can be ordered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next_question() == Question::Summary
    }

    /// The question to which the way back leads; `None` for the menu. From every edit of a complete draft it is the summary.
    #[must_use]
    pub fn question_before(&self, question: &Question) -> Option<Question> {
        match question {
            Question::MorePrompt => Some(Question::ReviewPrompt),
            Question::Summary => Some(Question::Photo),
            Question::ReplacePhoto { .. } => Some(self.next_question()),
            _ if self.is_complete() => Some(Question::Summary),
            Question::Kind => None,
            Question::Photo => Some(Question::Kind),
            Question::OwnPrompt => Some(Question::Style),
            Question::ReviewPrompt => Some(Question::OwnPrompt),
            Question::About | Question::Style | Question::Wishes | Question::Count => Some(Question::Photo),
        }
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

    /// Whether the seller answers this question with words. Words at the summary are wishes, or more of the own prompt.
    #[must_use]
    pub fn takes_words(&self) -> bool {
        matches!(self, Self::About | Self::OwnPrompt | Self::MorePrompt | Self::ReviewPrompt | Self::Wishes | Self::Summary)
    }
}

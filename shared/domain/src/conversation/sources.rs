//! The messages that gave a draft its answers.

use serde::{Deserialize, Serialize};

/// A message that gave an answer of a draft, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Telegram's id of the message.
    pub message: i64,
    /// The part of an answer that the message gave.
    pub part: AnswerPart,
}

/// A part of an answer: what one message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerPart {
    /// The product's photo, by Telegram's unique id.
    Photo(String),
    /// Words of the description.
    About(String),
    /// Words of the wishes.
    Wishes(String),
    /// Words of the own prompt.
    OwnPrompt(String),
}

impl AnswerPart {
    /// Whether it is about the description.
    pub(super) fn is_about(&self) -> bool {
        matches!(self, Self::About(_))
    }

    /// Whether it is about the wishes.
    pub(super) fn is_wishes(&self) -> bool {
        matches!(self, Self::Wishes(_))
    }

    /// Whether it is about the own prompt.
    pub(super) fn is_own_prompt(&self) -> bool {
        matches!(self, Self::OwnPrompt(_))
    }

    /// Whether both are about the same answer.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// The words; `None` for a photo.
    pub(super) fn words(&self) -> Option<&str> {
        match self {
            Self::Photo(_) => None,
            Self::About(words) | Self::Wishes(words) | Self::OwnPrompt(words) => Some(words),
        }
    }

    /// The same answer in these words.
    pub(super) fn saying(&self, words: String) -> Self {
        match self {
            Self::Photo(_) => self.clone(),
            Self::About(_) => Self::About(words),
            Self::Wishes(_) => Self::Wishes(words),
            Self::OwnPrompt(_) => Self::OwnPrompt(words),
        }
    }
}

//! Every text a person reads, in their language. One file a language, one function a text, so that no text can be missing.

mod en;
mod ru;

use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Kind, Product},
    classify::{Class, Why},
    credits::Credits,
};

/// The languages the bot speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The language for Telegram's `language_code` (an IETF tag; may be missing).
    #[must_use]
    pub fn from_language_code(code: Option<&str>) -> Self {
        let language = code.unwrap_or_default().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        if matches!(language.as_str(), "ru" | "be" | "kk") { Self::Ru } else { Self::En }
    }
}

/// Something said above a screen: what the last step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A person's first step: the credits they start with.
    Welcome(Credits),
    /// Text came where a photo is needed.
    SendAPhoto,
    /// A file came that is no JPEG or PNG.
    NotAnImage,
    /// The file is over the limit, in megabytes.
    FileTooLarge(u64),
    /// The shortest side is under this many pixels.
    PhotoTooSmall(u32),
    /// The photo is too long and narrow.
    PhotoTooNarrow,
    /// Confirm was tapped again: nothing more is charged.
    AlreadyOrdered,
    /// The button belongs to an older message.
    OldButton,
    /// The balance does not cover the price.
    NotEnoughCredits(Credits),
    /// What was begun is forgotten; nothing was charged.
    Cancelled,
    /// There is nothing that could be cancelled.
    NothingToCancel,
    /// The person asked for the balance.
    Balance,
}

/// What a job ended with, to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What went wrong.
    pub class: Class,
    /// Why, if the provider said so.
    pub why: Option<Why>,
    /// What was given back.
    pub refunded: Credits,
    /// The balance read after the refund was committed.
    pub balance: Credits,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $kind:ty),*);)*) => {
        impl Locale {
            $($(#[$doc])* #[must_use] pub fn $name(self, $($arg: $kind),*) -> String {
                match self { Self::En => en::$name($($arg),*), Self::Ru => ru::$name($($arg),*) }
            })*
        }
    };
}

texts! {
    /// An amount, in words.
    credits(amount: Credits);
    /// The menu.
    home(balance: Credits);
    /// A photo is asked for.
    ask_photo(kind: Kind);
    /// The kind is asked for: the photo is there.
    ask_kind();
    /// The order, its price and the balance, before it is paid.
    summary(kind: Kind, price: Credits, balance: Credits);
    /// The order is paid.
    ordered(kind: Kind, product: Option<&Product>, balance: Credits);
    /// A notice above a screen.
    notice(notice: Notice);
    /// Under the finished video.
    delivered(kind: Kind);
    /// A job ended without a delivery.
    ended(ending: Ending);
    /// A kind of video.
    kind(kind: Kind);
    /// Button: pay and make it.
    button_confirm(price: Credits);
    /// Button: forget what was begun.
    button_cancel();
    /// Button: the same product once more.
    button_again();
    /// Button: the menu.
    button_menu();
    /// Button: the balance.
    button_balance();
}

/// Minutes, rounded up, never none.
fn minutes(secs: u32) -> u32 {
    secs.div_ceil(60).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_code() {
        let of = |code| Locale::from_language_code(code);
        assert_eq!([of(Some("ru")), of(Some("ru-RU")), of(Some("RU_ru"))], [Locale::Ru; 3]);
        assert_eq!([of(Some("en")), of(Some("pt-br")), of(Some("")), of(None), of(Some("run"))], [Locale::En; 5]);
    }

    #[test]
    fn credits_are_counted_as_the_language_counts() {
        let all = |locale: Locale| [0, 1, 2, 4, 5, 11, 12, 21, 22, 25, 101, 111, 112].map(|n| locale.credits(Credits(n)));
        insta::assert_debug_snapshot!((all(Locale::En), all(Locale::Ru)));
    }

    #[test]
    fn every_ending_in_both_languages() {
        let mut endings = Vec::new();
        for locale in Locale::ALL {
            for class in Class::ALL {
                for why in [None, Some(Why::People), Some(Why::ThirdParty), Some(Why::UnusableFile)] {
                    let photo = why == Some(Why::UnusableFile);
                    let fits = if photo { class == Class::BadPhoto } else { class == Class::ContentRejected };
                    if why.is_none() || fits {
                        let ending = Ending { class, why, refunded: Credits(1), balance: Credits(2) };
                        endings.push(format!("{} {why:?}\n{}", class.name(), locale.ended(ending)));
                    }
                }
            }
        }
        insta::assert_snapshot!(endings.join("\n\n"));
    }

    #[test]
    fn a_delivery_that_could_not_be_confirmed_is_never_said_not_to_have_been_made() {
        for locale in Locale::ALL {
            let ending = Ending { class: Class::CouldNotDeliver, why: None, refunded: Credits(1), balance: Credits(1) };
            let text = locale.ended(ending).to_lowercase();
            assert!(text.contains("confirm") || text.contains("подтвердить"), "{text}");
            assert!(!text.contains("was not sent") && !text.contains("не отправлено"), "{text}");
        }
    }
}

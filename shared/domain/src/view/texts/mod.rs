//! Every text a person reads, in their language. One file a language, one function a text, so that no text can be missing.

mod en;
mod ru;
mod words;

use super::{failure_notice::FailureNotice, progress::Progress};
use crate::{
    catalog::{Kind, Product, Style},
    conversation::{Command, Draft, Notice, VideoState},
    credits::Credits,
    locale::Locale,
};

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
    /// On the menu: an order was begun and left.
    draft_waits();
    /// Terms and privacy are to be accepted.
    consent();
    /// The languages.
    choose_language();
    /// How it works; where questions go, if there is such a place.
    help(support: Option<&str>);
    /// The credits; where more come from, if there is such a place.
    balance(balance: Credits, support: Option<&str>);
    /// Above the list of videos.
    videos();
    /// Nothing was ordered yet.
    no_videos();
    /// How one of the videos is doing.
    video_state(state: VideoState);
    /// The kind is asked for.
    ask_kind();
    /// A photo is asked for.
    ask_photo(kind: Option<Kind>);
    /// What the product is, is asked for.
    ask_about();
    /// The style is asked for.
    ask_style();
    /// Their own prompt is asked for, of so many characters at most.
    ask_own_prompt(max_chars: usize);
    /// More for their own prompt is asked for.
    ask_more_prompt();
    /// Their own prompt, shown back.
    review_prompt(prompt: &str);
    /// Wishes are asked for.
    ask_wishes();
    /// How many videos, at this price each.
    ask_count(style: Style, each: Credits, balance: Credits);
    /// Whether another photo takes the place of the one there is.
    ask_replace_photo();
    /// The order, its price and the balance, before it is paid.
    summary(draft: &Draft, product: Option<&Product>, balance: Credits);
    /// An order is open while another is to be begun.
    another_order();
    /// What was charged, and what is left.
    charged(price: Credits, balance: Credits);
    /// How an order is doing.
    status(progress: Progress, product: Option<&Product>);
    /// A notice above a screen.
    notice(notice: Notice);
    /// Under the finished video.
    delivered(kind: Kind);
    /// Under a video that was sent once more.
    resent(kind: Kind);
    /// Under the example of a kind.
    example(kind: Kind);
    /// A job ended without a delivery.
    ended(ending: FailureNotice);
    /// A kind of video.
    kind(kind: Kind);
    /// A style.
    style(style: Style);
    /// What a command of the bot does.
    command(command: Command);
    /// Button: a kind of video.
    button_kind(kind: Kind);
    /// Button: pay and make it.
    button_confirm(price: Credits);
    /// Button: forget what was begun, under a summary.
    button_cancel();
    /// Button: forget what was begun, in the menu.
    button_discard();
    /// Button: on with the order that was left.
    button_resume();
    /// Button: the other order in the place of the open one.
    button_start_new();
    /// Button: the question before.
    button_back();
    /// Button: on, with the answer there is.
    button_next();
    /// Button: nothing to say about the product.
    button_skip();
    /// Button: no wishes.
    button_no_wishes();
    /// Button: the prompt is right.
    button_use_prompt();
    /// Button: more for the prompt.
    button_add_prompt();
    /// Button: another prompt.
    button_rewrite_prompt();
    /// Button: the new photo.
    button_replace_photo();
    /// Button: the old photo.
    button_keep_photo();
    /// Button: the same product once more.
    button_again();
    /// Button: the same product, told otherwise.
    button_restyle();
    /// Button: the same order once more, after a failure.
    button_retry();
    /// Button: the same order with another photo, after a failure.
    button_other_photo();
    /// Button: the same order in other words, after a failure.
    button_reword();
    /// Button: the video into the chat once more.
    button_resend();
    /// Button: the menu.
    button_menu();
    /// Button: the last videos.
    button_videos();
    /// Button: the balance.
    button_balance();
    /// Button: how it works.
    button_help();
    /// Button: whom to ask.
    button_support();
    /// Button: the languages.
    button_language();
    /// Button: the terms.
    button_terms();
    /// Button: the privacy notice.
    button_privacy();
    /// Button: the terms are accepted.
    button_accept();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Class, Why};

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
                for why in [None].into_iter().chain(Why::ALL.map(Some)) {
                    let photo = why == Some(Why::UnusableFile);
                    let fits = if photo { class == Class::BadPhoto } else { class == Class::ContentRejected };
                    if why.is_none() || fits {
                        let ending = FailureNotice { class, why, refunded: Credits(1), balance: Credits(2) };
                        endings.push(format!("{} {why:?}\n{}", class.name(), locale.ended(ending)));
                    }
                }
            }
        }
        insta::assert_snapshot!(endings.join("\n\n"));
    }

    #[test]
    fn what_was_free_is_never_said_to_be_paid_back() {
        for locale in Locale::ALL {
            let ended = |refunded| {
                locale.ended(FailureNotice {
                    class: Class::TookTooLong,
                    why: None,
                    refunded: Credits(refunded),
                    balance: Credits(2),
                })
            };
            let (free, paid) = (ended(0), ended(1));
            assert!(paid.contains("is back") || paid.contains("возвращён"), "{paid}");
            assert!(free.contains("free") || free.contains("бесплатная"), "{free}");
            for text in [free, locale.video_state(VideoState::Failed)] {
                assert!(!["back", "возвр"].iter().any(|word| text.to_lowercase().contains(word)), "{text}");
            }
        }
    }

    #[test]
    fn a_delivery_that_could_not_be_confirmed_is_never_said_not_to_have_been_made() {
        let (one, five) = (Progress::none(Kind::Reels), Progress { delivered: 4, ..Progress::none(Kind::Reels) });
        for progress in [Progress { ordered: 1, failed: 1, ..one }, Progress { ordered: 5, failed: 1, ..five }] {
            for locale in Locale::ALL {
                let text = locale.status(progress, None).to_lowercase();
                assert!(!text.contains("not delivered") && !text.contains("не доставлено"), "{text}");
            }
        }
        for locale in Locale::ALL {
            let ending = FailureNotice { class: Class::CouldNotDeliver, why: None, refunded: Credits(1), balance: Credits(1) };
            let text = locale.ended(ending).to_lowercase();
            assert!(text.contains("confirm") || text.contains("подтвердить"), "{text}");
            assert!(!text.contains("was not sent") && !text.contains("не отправлено"), "{text}");
        }
    }
}

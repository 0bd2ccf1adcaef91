//! Every text that a seller reads. Each language has one file with one function per text, so the compiler finds a missing text.
//! A balance is `None` if it could not be read: then the text names none.

mod en;
mod ru;
mod words;

use jiff::Timestamp;

use super::{failure_notice::FailureNotice, progress::Progress};
use crate::{
    catalog::{Frame, Kind, Product, Style},
    conversation::{Command, Draft, Notice, Operation, VideoState},
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
    /// An amount of credits, in words.
    credits(amount: Credits);
    /// The first message in a chat: what the bot does, and the gift of a new seller.
    greeting(gift: Credits);
    /// The text of a chat with the bot before the first message, up to 512 characters.
    bot_description();
    /// The text of the bot's profile, up to 120 characters.
    bot_short_description();
    /// The text of the menu.
    home(balance: Option<Credits>);
    /// On the menu: a draft waits for the seller.
    draft_waits();
    /// The request to accept the terms and the privacy notice.
    consent();
    /// The choice of the language.
    choose_language();
    /// How the bot works, and the support's address if there is one.
    help(support: Option<&str>);
    /// The balance, and the support's address if there is one.
    balance(balance: Option<Credits>, support: Option<&str>);
    /// The text above the list of videos.
    videos();
    /// The list of videos of a seller without orders.
    no_videos();
    /// The text above the list of operations.
    operations(balance: Option<Credits>);
    /// The list of operations of a seller without any.
    no_operations();
    /// A line of the operations.
    operation(operation: &Operation);
    /// A day and time where the language's readers live.
    day_and_time(at: Timestamp);
    /// The state of a video.
    video_state(state: VideoState);
    /// The question for the kind of video.
    ask_kind();
    /// The question for a photo.
    ask_photo(kind: Option<Kind>);
    /// The question for a description of the product.
    ask_about();
    /// The question for the style.
    ask_style();
    /// The question for the seller's own prompt, with its longest length in characters.
    ask_own_prompt(max_chars: usize);
    /// The question for more of the seller's own prompt.
    ask_more_prompt();
    /// The seller's own prompt, for review.
    review_prompt(prompt: &str);
    /// The question for wishes.
    ask_wishes();
    /// The question for the number of videos, at this price each.
    ask_count(style: Style, each: Credits, balance: Option<Credits>);
    /// The question whether a new photo replaces the draft's photo.
    ask_replace_photo();
    /// The draft, its price and the balance, before the seller pays.
    summary(draft: &Draft, product: Option<&Product>, balance: Option<Credits>);
    /// On the page of a video whose delivery failed: the video is kept.
    finished_waits();
    /// The order of a finished video, its price and the balance, before the seller pays.
    summary_of_finished(kind: Kind, price: Credits, balance: Option<Credits>);
    /// The choice between the open draft and a new one.
    another_order();
    /// The charge and the balance after it.
    charged(price: Credits, balance: Option<Credits>);
    /// The status of an order.
    status(progress: Progress, product: Option<&Product>);
    /// A notice above a screen.
    notice(notice: Notice);
    /// The caption of a finished video, with the balance.
    delivered(kind: Kind, balance: Option<Credits>);
    /// The caption of a video that is sent again.
    resent(kind: Kind);
    /// The caption of an example video.
    example(kind: Kind);
    /// The message about a failed job.
    ended(ending: FailureNotice);
    /// The name of a kind of video.
    kind(kind: Kind);
    /// The name of a style.
    style(style: Style);
    /// The description of a command in Telegram's list.
    command(command: Command);
    /// Button: a kind of video.
    button_kind(kind: Kind);
    /// Button: pay for the order.
    button_confirm(price: Credits);
    /// Button: a choice of the summary, with its price. A price that the balance does not cover is marked.
    button_choice(label: String, is_chosen: bool, price: Option<Credits>, lacks: bool);
    /// The label of a film's proportions.
    frame(frame: Frame);
    /// A length in seconds.
    seconds(secs: u32);
    /// Button under a summary: change the photo.
    button_edit_photo();
    /// Button under a summary: change the style.
    button_edit_style();
    /// Button under a summary: change the description of the product.
    button_edit_about();
    /// Button under a summary: change the wishes.
    button_edit_wishes();
    /// Button under a summary: change the own prompt.
    button_edit_prompt();
    /// Button under a summary: forget the draft.
    button_cancel();
    /// Button in the menu: forget the left draft.
    button_discard();
    /// Button: resume the left draft.
    button_resume();
    /// Button: replace the open draft by the new one.
    button_start_new();
    /// Button: back to the question before.
    button_back();
    /// Button: skip the description of the product.
    button_skip();
    /// Button: skip the wishes.
    button_no_wishes();
    /// Button: accept the own prompt.
    button_use_prompt();
    /// Button: add to the own prompt.
    button_add_prompt();
    /// Button: write another own prompt.
    button_rewrite_prompt();
    /// Button: take the new photo.
    button_replace_photo();
    /// Button: keep the old photo.
    button_keep_photo();
    /// Button: order the same product again.
    button_again();
    /// Button: order the same product in another style.
    button_restyle();
    /// Button under a failure: order again.
    button_retry();
    /// Button under a failure: order again with another photo.
    button_other_photo();
    /// Button under a failure: order again with other words.
    button_reword();
    /// Button under a failure: order the finished video.
    button_send_finished();
    /// Button: pay for the finished video.
    button_confirm_finished(price: Credits);
    /// Button: send the video as a file.
    button_file();
    /// Button: order a video of another product.
    button_new_product();
    /// Button: send the video again.
    button_resend();
    /// Button: open the menu.
    button_menu();
    /// Button: open the list of the last videos.
    button_videos();
    /// Button: the next page of a list.
    button_older();
    /// Button: the first page of a list.
    button_newest();
    /// Button: open the page of operations.
    button_operations();
    /// Button: open the page of the balance.
    button_balance();
    /// Button: how the bot works.
    button_help();
    /// Button: the support.
    button_support();
    /// Button under a status: order one more video.
    button_more();
    /// Button: the choice of the language.
    button_language();
    /// Button: open the terms.
    button_terms();
    /// Button: open the privacy notice.
    button_privacy();
    /// Button: accept the terms.
    button_accept();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Catalog,
        classify::{Class, Why},
    };

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
                    let photo = matches!(why, Some(Why::UnusableFile | Why::PhotoSize | Why::PhotoShape));
                    let fits = if photo { class == Class::BadPhoto } else { class == Class::ContentRejected };
                    if why.is_none() || fits {
                        let ending = FailureNotice { class, why, refunded: Credits(1), balance: Some(Credits(2)) };
                        endings.push(format!("{} {why:?}\n{}", class.name(), locale.ended(ending)));
                    }
                }
            }
        }
        insta::assert_snapshot!(endings.join("\n\n"));
    }

    #[test]
    fn every_model_accepts_a_photo_of_the_size_that_the_text_asks_for() {
        for locale in Locale::ALL {
            let text = locale.ended(FailureNotice {
                class: Class::BadPhoto,
                why: Some(Why::PhotoSize),
                refunded: Credits(1),
                balance: Some(Credits(2)),
            });
            assert!(text.contains("300") && text.contains("4000"), "{text}");
        }
        for product in Catalog::built_in().unwrap().products() {
            let photo = &product.photo;
            assert!(photo.min_side_px <= 300 && photo.max_side_px >= 4000, "{}", product.id);
        }
    }

    #[test]
    fn the_text_of_a_free_job_claims_no_refund() {
        for locale in Locale::ALL {
            let ended = |refunded| {
                locale.ended(FailureNotice {
                    class: Class::TookTooLong,
                    why: None,
                    refunded: Credits(refunded),
                    balance: Some(Credits(2)),
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
    fn the_text_of_an_unconfirmed_delivery_does_not_deny_the_delivery() {
        let (one, five) = (Progress::none(Kind::Reels), Progress { delivered: 4, ..Progress::none(Kind::Reels) });
        for progress in [Progress { ordered: 1, failed: 1, ..one }, Progress { ordered: 5, failed: 1, ..five }] {
            for locale in Locale::ALL {
                let text = locale.status(progress, None).to_lowercase();
                assert!(!text.contains("not delivered") && !text.contains("не доставлено"), "{text}");
            }
        }
        for locale in Locale::ALL {
            let ending =
                FailureNotice { class: Class::CouldNotDeliver, why: None, refunded: Credits(1), balance: Some(Credits(1)) };
            let text = locale.ended(ending).to_lowercase();
            assert!(text.contains("confirm") || text.contains("подтвердить"), "{text}");
            assert!(!text.contains("was not sent") && !text.contains("не отправлено"), "{text}");
        }
    }
}

//! The notices in English: about the last step, and about a failed job.

use super::{credits, your_balance};
use crate::{
    classify::{Class, Why},
    conversation::Notice,
    credits::Credits,
    photo::Flaw,
    view::failure_notice::FailureNotice,
};

pub fn notice(notice: Notice) -> String {
    match notice {
        Notice::Welcome(_) => "👋 Welcome! Let's make your first video.".into(),
        Notice::WelcomeBack(balance) => format!("👋 Welcome back! Your balance: {}.", credits(balance)),
        Notice::ConsentFirst => "Please tap “Accept and begin” first.".into(),
        Notice::SendAPhoto => "Please send a photo.".into(),
        Notice::SendText => "Please answer with a text message.".into(),
        Notice::ChooseAButton => "Please tap one of the buttons.".into(),
        Notice::NotAnImage => "❌ I can't use this file. Please send a photo, or a JPEG, PNG or WebP file.".into(),
        Notice::Heic => "❌ I can't use HEIC files. Please send the picture as a photo, not as a file.".into(),
        Notice::Photo(Flaw::TooLarge(mb)) => format!("❌ This file is too large. Please send one up to {mb} MB."),
        Notice::Photo(Flaw::TooManyPixels(megapixels)) => {
            format!("❌ This photo has too many pixels. Please send one up to {megapixels} megapixels.")
        }
        Notice::Photo(Flaw::TooSmall(px)) => {
            format!("❌ This photo is too small. Please send one with at least {px} pixels on the shorter side.")
        }
        Notice::Photo(Flaw::TooNarrow) => {
            "❌ This photo is too long and narrow. Please crop it closer to a square or send another one.".into()
        }
        Notice::Photo(Flaw::TooDark) => {
            "❌ This photo is too dark: nothing would be visible in the video. Please take one in better light.".into()
        }
        Notice::Photo(Flaw::Plain) => "❌ I can't see a product in this photo, only a plain surface. Please send another one.".into(),
        Notice::FirstOfAlbum => "☝️ I only need one photo, so I'm using the first one.".into(),
        Notice::TextTooLong { max, was } => format!("❌ Too long: {was} characters, and the limit is {max}. Please shorten it."),
        Notice::AlreadyOrdered => "☝️ This order is already placed. You were charged only once.".into(),
        Notice::EditedTooLate => {
            "You changed a message, but that order is already paid, so I can't change it. You can order a new video.".into()
        }
        Notice::OldButton => "This button is from an old message. Let's continue here.".into(),
        Notice::NotEnoughCredits(price) => {
            format!("❌ Not enough credits: this costs {}. Nothing was charged.", credits(price))
        }
        Notice::TooManyOpen(max) => format!(
            "⏳ I make up to {max} videos at a time for each customer. Please order fewer, or wait until some are ready. Nothing was charged."
        ),
        Notice::TooManyToday(max) => format!(
            "⏳ I make up to {max} videos a day for each customer. Please order fewer, or come back tomorrow. Nothing was charged."
        ),
        Notice::TooManyRefunds(max) => format!(
            "⏳ Several of your videos failed today because of the photo or the text. Until tomorrow I can take {max} at most, counting the failed ones and \
             those being made. Please order fewer, wait until one is ready, or come back tomorrow. Nothing was charged."
        ),
        Notice::NoVideosLeft => {
            "⏳ There are so many orders today that I can't make this many. Please come back tomorrow, or order fewer. Nothing was charged.".into()
        }
        Notice::TooFast => "⏳ Too many messages at once. Please wait a minute.".into(),
        Notice::Cancelled => "Order deleted. Nothing was charged.".into(),
        Notice::NothingToCancel => "There is no unfinished order to delete. A paid order can't be cancelled.".into(),
        Notice::Resent => "📤 Here is your video again.".into(),
        Notice::ResentSoon => "⏳ I'm sending the video again. It'll be here in a few seconds.".into(),
        Notice::ResendLater => "⏳ I couldn't send the video just now. Please try again in a minute.".into(),
        Notice::FileAsked => "⏳ You've just asked for this file. If it isn't here in a minute, tap again.".into(),
        Notice::FilmArrived => "☝️ That video is already in this chat, and you were not charged for it.".into(),
        Notice::FileSoon => "📄 I'm sending the video as a file. It'll be here in a few seconds.".into(),
        Notice::TooManyFiles(max) => format!("⏳ You've asked for {max} files within a day, and I can't send more for now. Save the video from the chat, or ask for the file \
             tomorrow."),
        Notice::FinishedOnce => "☝️ That video is already on its way or in this chat: see <b>My videos</b>. Nothing was charged.".into(),
        Notice::FilmGone => "I no longer have that video. You can order another video of this product.".into(),
        Notice::DraftGone => "That order has expired: I keep unfinished orders for one day. Nothing was charged.".into(),
        Notice::CannotResend => "❌ I can't send this video again. You can order another video of this product.".into(),
    }
}

pub fn ended(ending: FailureNotice) -> String {
    let what = match (ending.class, ending.why) {
        (Class::ContentRejected, Some(Why::People)) => {
            "❌ The video service doesn't accept photos with people. Please send a photo with only the product in it."
        }
        (Class::ContentRejected, Some(Why::ThirdParty)) => {
            "❌ The video service found someone else's brand or character in the photo. Please try another photo."
        }
        (Class::ContentRejected, Some(Why::Words)) => {
            "❌ The video service didn't accept your text. Please write it differently."
        }
        (Class::ContentRejected, Some(Why::Adult)) => {
            "❌ The video service flagged this as adult content. Please try another photo."
        }
        (Class::ContentRejected, _) => {
            "❌ The video service didn't accept this photo or text. Please try another photo or different words."
        }
        (Class::BadPhoto, Some(Why::UnusableFile)) => {
            "❌ I can't use this file. Please send a photo, or a JPEG, PNG or WebP file up to 20 MB."
        }
        (Class::BadPhoto, Some(Why::PhotoSize)) => {
            "❌ This photo is too small or too large for a video. Please send one with 300 to 4000 pixels on each side."
        }
        (Class::BadPhoto, Some(Why::PhotoShape)) => {
            "❌ This photo is too long and narrow for a video. Please crop it closer to a square or send another one."
        }
        (Class::BadPhoto, _) => "❌ Photo quality too low. Please try with better lighting.",
        (Class::Overloaded, _) => "⏳ The video service is too busy right now. Please try again in a few minutes.",
        (Class::BrokenUpstream, _) => "❌ Generation failed on my side. Please try again.",
        (Class::OurAccount, _) => {
            "❌ I can't make videos right now because of a technical problem on my side. The team already knows. Please try again later."
        }
        (Class::TookTooLong, _) => "⏳ Generation took too long. Please retry.",
        (Class::CouldNotDeliver, _) => {
            "❌ Send failed: the video was made, but I could not confirm that it reached you. Please try again."
        }
        (Class::TooLarge, _) => "❌ The video came out too large for Telegram. Please try again.",
        (Class::Unreachable, _) => {
            "❌ I couldn't deliver your video in time, and it's gone now. You can order another in <b>My videos</b>."
        }
    };
    let back = match ending.refunded {
        // A free replay: the first job's charge was refunded before.
        Credits(0) => "This try was free, no credit was charged.".to_owned(),
        Credits(1) => "Your credit is back.".to_owned(),
        refunded => format!("Your {} are back.", credits(refunded)),
    };
    format!("{what}\n{back} {}", your_balance(ending.balance))
}

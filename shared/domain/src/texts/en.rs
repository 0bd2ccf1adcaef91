//! English.

use super::{Ending, Notice, minutes};
use crate::{
    catalog::{Kind, Product},
    classify::{Class, Why},
    credits::Credits,
};

pub fn credits(Credits(n): Credits) -> String {
    if n == 1 { "1 credit".into() } else { format!("{n} credits") }
}

pub fn home(balance: Credits) -> String {
    format!(
        "I turn a product photo into a short selling video.\nYour balance: <b>{}</b>.\n\nWhat shall we make?",
        credits(balance)
    )
}

pub fn ask_photo(kind: Kind) -> String {
    let what = match kind {
        Kind::Neurocard => "A <b>Neurocard</b> is your product card, moving: same framing, only the product.",
        Kind::Reels => "A <b>Reels</b> is a vertical 9:16 video for a feed.",
    };
    format!("{what}\n\n📷 Send one photo of the product, as a photo or as a JPEG or PNG file.")
}

pub fn ask_kind() -> String {
    "📷 Got the photo. What shall I make of it?".into()
}

pub fn summary(kind: Kind, price: Credits, balance: Credits) -> String {
    format!(
        "<b>{}</b> from your photo.\nPrice: {}. Your balance: {}.\n\nShall I make it?",
        self::kind(kind),
        credits(price),
        credits(balance)
    )
}

pub fn ordered(kind: Kind, product: Option<&Product>, balance: Credits) -> String {
    let time = product.map_or(3, |product| minutes(product.typical_secs));
    let unit = if time == 1 { "minute" } else { "minutes" };
    format!(
        "🎬 Your <b>{}</b> is being made. It usually takes about {time} {unit}; I will send it here.\nYour balance: {}.",
        self::kind(kind),
        credits(balance)
    )
}

pub fn notice(notice: Notice) -> String {
    match notice {
        Notice::Welcome(gift) => format!("👋 Welcome! You have {} to start with.", credits(gift)),
        Notice::SendAPhoto => "I need a photo here.".into(),
        Notice::NotAnImage => "❌ This file is not an image I can use. Please send a photo, or a JPEG or PNG file.".into(),
        Notice::FileTooLarge(mb) => format!("❌ This file is too large. Please send one of up to {mb} MB."),
        Notice::PhotoTooSmall(px) => {
            format!("❌ This photo is too small. Please send one with at least {px} pixels on the shorter side.")
        }
        Notice::PhotoTooNarrow => "❌ This photo is too long and narrow. Please send one closer to a square.".into(),
        Notice::AlreadyOrdered => "☝️ It is already being made: one order, one charge.".into(),
        Notice::OldButton => "This button belongs to an older message. Let's go on from here.".into(),
        Notice::NotEnoughCredits(price) => {
            format!("❌ Not enough credits: this costs {}. Nothing was charged.", credits(price))
        }
        Notice::Cancelled => "Cancelled. Nothing was charged.".into(),
        Notice::NothingToCancel => "There is nothing to cancel. An order that is already being made goes on.".into(),
        Notice::Balance => "💳 Here is your balance.".into(),
    }
}

pub fn delivered(kind: Kind) -> String {
    format!("✅ Your <b>{}</b> is ready.", self::kind(kind))
}

pub fn ended(ending: Ending) -> String {
    let what = match (ending.class, ending.why) {
        (Class::ContentRejected, Some(Why::People)) => {
            "❌ The video service does not accept photos with people. Please send a photo of the product alone."
        }
        (Class::ContentRejected, Some(Why::ThirdParty)) => {
            "❌ The video service found this too similar to somebody else's protected content. Please try another photo."
        }
        (Class::ContentRejected, _) => "❌ The video service did not accept this photo or text. Please try another photo.",
        (Class::BadPhoto, Some(Why::UnusableFile)) => {
            "❌ This file could not be used. Please send a photo, or a JPEG or PNG file of up to 10 MB."
        }
        (Class::BadPhoto, _) => "❌ Photo quality too low. Please try with better lighting.",
        (Class::Overloaded, _) => "⏳ The video service is too busy right now. Please try again in a few minutes.",
        (Class::BrokenUpstream, _) => "❌ Generation failed on our side. Please try again.",
        (Class::OurAccount, _) => "❌ Generation is not available: technical trouble on our side. We know about it already.",
        (Class::TookTooLong, _) => "⏳ Generation took too long. Please retry.",
        (Class::CouldNotDeliver, _) => {
            "❌ Send failed: the video was made, but we could not confirm that it reached you. Please try again."
        }
        (Class::Unreachable, _) => "❌ The video could not be sent to this chat.",
    };
    let back = if ending.refunded.0 == 1 {
        "Your credit is back.".to_owned()
    } else {
        format!("Your {} are back.", credits(ending.refunded))
    };
    format!("{what}\n{back} Your balance: {}.", credits(ending.balance))
}

pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "Neurocard".into(),
        Kind::Reels => "Reels".into(),
    }
}

pub fn button_confirm(price: Credits) -> String {
    format!("✅ Make it for {}", credits(price))
}

pub fn button_cancel() -> String {
    "✖️ Cancel".into()
}

pub fn button_again() -> String {
    "🔁 Again with this product".into()
}

pub fn button_menu() -> String {
    "🏠 Menu".into()
}

pub fn button_balance() -> String {
    "💳 Balance".into()
}

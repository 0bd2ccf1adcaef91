//! The texts in English.

mod buttons;
mod notices;

pub use buttons::*;
pub use notices::*;

use jiff::Timestamp;

use super::words::{minutes, missing, only_words, some_words};
use crate::{
    catalog::{Frame, Kind, Product, Style},
    classify::Class,
    conversation::{Command, Draft, Operation, OperationKind, VideoState},
    credits::Credits,
    view::progress::Progress,
};

pub fn credits(Credits(n): Credits) -> String {
    if n == 1 { "1 credit".into() } else { format!("{n} credits") }
}

fn more_credits(Credits(n): Credits) -> String {
    if n == 1 { "1 more credit".into() } else { format!("{n} more credits") }
}

/// The sentence with the balance; without a known balance, how to see it.
fn your_balance(balance: Option<Credits>) -> String {
    match balance {
        Some(balance) => format!("Your balance: {}.", credits(balance)),
        None => "Send /balance to see your balance.".into(),
    }
}

pub fn home(balance: Option<Credits>) -> String {
    let balance = balance.map_or_else(|| your_balance(None), |balance| format!("Your balance: <b>{}</b>.", credits(balance)));
    format!("I turn one product photo into a short video that sells.\n{balance}\n\nWhat shall I make?")
}

pub fn draft_waits() -> String {
    "✏️ Your unfinished order is waiting.".into()
}

pub fn bot_description() -> String {
    "Send one photo of your product and get a short video that sells: a photo that comes to life, or a Reels video.\n\nYou pay in \
     credits, only when you tap the ✅ button with the price. If a video fails, its credits come back. Tap Start for your first video."
        .into()
}

pub fn bot_short_description() -> String {
    "I turn one product photo into a short video that sells, for marketplaces and social feeds.".into()
}

pub fn greeting(gift: Credits) -> String {
    let gift = match gift {
        Credits(0) => String::new(),
        gift => format!("\n\n🎁 You have <b>{}</b> to start with, on me.", credits(gift)),
    };
    format!(
        "👋 I turn one product photo into a short video that sells.\n\n<b>Neurocard</b>: your product photo comes to life.\n<b>Reels</b>: a \
         new video of your product, for social feeds or a marketplace page.{gift}"
    )
}

pub fn consent() -> String {
    "Before we begin, please read the terms and the privacy policy below. Your photo and what you write about it go to the services that write the script and make the video. Tap \
     <b>Accept and begin</b> if you agree."
        .into()
}

pub fn choose_language() -> String {
    "🌐 Choose a language.".into()
}

pub fn help(support: Option<&str>) -> String {
    let ask = if support.is_some() { "\n\nQuestions? Tap <b>Support</b>." } else { "" };
    format!(
        "<b>How it works</b>\n\n1. Choose <b>Neurocard</b> (your product photo comes to life) or <b>Reels</b> (a new video \
         of your product).\n2. Send one photo: good light, the product filling most of the frame, no people, at least 300 pixels on the \
         shorter side.\n3. Check the order and tap <b>Make it</b>. You can change it there first: the shape for your marketplace, the photo, \
         the description, your requests.\n\nYou pay only when you tap the ✅ button with the price. If I can't make or \
         send a video, I give the credits back and tell you why.{ask}"
    )
}

pub fn balance(balance: Option<Credits>, support: Option<&str>) -> String {
    let more = if support.is_some() { "\n\nNeed more credits? Tap <b>Support</b>." } else { "" };
    let balance = match balance {
        Some(balance) => format!("Your balance: <b>{}</b>.", credits(balance)),
        None => "I can't show your balance right now. Please try again in a minute.".into(),
    };
    format!("💳 {balance}\nYou pay when you order. If a video fails, its credits come back.{more}")
}

pub fn videos() -> String {
    "🎞 Your videos, newest first. Tap a number to get that video again or order another video of this product.".into()
}

pub fn no_videos() -> String {
    "🎞 You haven't ordered a video yet. Tap <b>Menu</b> to make one.".into()
}

pub fn operations(balance: Option<Credits>) -> String {
    let balance = balance.map_or_else(|| your_balance(None), |balance| format!("Your balance: <b>{}</b>.", credits(balance)));
    format!("🧾 Your credit activity, newest first. {balance}")
}

pub fn no_operations() -> String {
    "🧾 No credit activity yet.".into()
}

pub fn operation(operation: &Operation) -> String {
    let what = match operation.what {
        OperationKind::Gift => "welcome gift",
        OperationKind::Order => "video ordered",
        OperationKind::Refund(class) => return format!("{} · returned: {}", moved(operation), refund_reason(class)),
        OperationKind::Grant => "added by support",
        OperationKind::Purchase => "credits bought",
    };
    format!("{} · {what}", moved(operation))
}

fn moved(Operation { at, amount, .. }: &Operation) -> String {
    format!("{} · <b>{amount:+}</b>", day_and_time(*at))
}

fn refund_reason(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::ContentRejected) => "photo or text not accepted",
        Some(Class::BadPhoto) => "photo not usable",
        Some(Class::Overloaded) => "video service too busy",
        Some(Class::TookTooLong) => "took too long",
        Some(Class::CouldNotDeliver | Class::TooLarge) => "video not delivered",
        Some(Class::Unreachable) => "couldn't reach you",
        Some(Class::BrokenUpstream | Class::OurAccount) | None => "technical problem",
    }
}

pub fn day_and_time(at: Timestamp) -> String {
    format!("{} UTC", at.strftime("%-d %b %Y, %H:%M"))
}

pub fn video_state(state: VideoState) -> String {
    match state {
        VideoState::Making => "being made",
        VideoState::Sending => "being sent",
        VideoState::Delivered | VideoState::DeliveredOnce => "delivered",
        VideoState::Failed => "failed, no credits spent",
    }
    .into()
}

pub fn ask_kind() -> String {
    "What shall I make?\n\n<b>Neurocard</b>: your product photo comes to life.\n<b>Reels</b>: a new \
     video of your product, for social feeds or a marketplace page."
        .into()
}

pub fn ask_photo(kind: Option<Kind>) -> String {
    let what = match kind {
        Some(Kind::Neurocard) => "<b>Neurocard</b>: your product photo comes to life.\n\n",
        Some(Kind::Reels) => "<b>Reels</b>: a new video of your product, for social feeds or a marketplace page.\n\n",
        None => "",
    };
    format!("{what}📷 Send one photo of the product. A JPEG, PNG or WebP file works too.")
}

pub fn ask_about() -> String {
    "What is the product? One line is enough, for example: <i>a handmade ceramic mug, 300 ml</i>.".into()
}

pub fn ask_style() -> String {
    "Which style?\n\n<b>UGC creator</b>: a person shows the product, as if filming it themselves.\n<b>Product ad</b>: the \
     camera moves around the product, no people.\n<b>My own prompt</b>: you describe the video."
        .into()
}

pub fn ask_own_prompt(max_chars: usize) -> String {
    format!("✍️ Describe the video in your own words, up to {max_chars} characters: what happens, where, how the camera moves.")
}

pub fn ask_more_prompt() -> String {
    "✍️ What shall I add?".into()
}

pub fn review_prompt(prompt: &str) -> String {
    format!("Your prompt:\n\n<blockquote>{}</blockquote>\n\nShall I use it?", only_words(prompt))
}

pub fn ask_wishes() -> String {
    "Any requests for the video? For example: <i>autumn mood, warm light, slow camera</i>.".into()
}

pub fn ask_count(style: Style, each: Credits, balance: Option<Credits>) -> String {
    let differ = if style == Style::Own { "All come from the same prompt" } else { "Each is filmed in a different place" };
    let balance = balance.map(|_| format!("\n{}", your_balance(balance))).unwrap_or_default();
    format!("How many videos? {differ}. {} per video.{balance}", credits(each))
}

pub fn another_order() -> String {
    "✏️ You have an unfinished order. Continue it or start a new one? If you start a new one, I'll delete the unfinished one. Nothing was charged for it."
        .into()
}

pub fn charged(price: Credits, balance: Option<Credits>) -> String {
    format!("Charged: {}. {}", credits(price), your_balance(balance))
}

pub fn ask_replace_photo() -> String {
    "Your order already has a photo. Use the new one instead?".into()
}

pub fn summary(draft: &Draft, product: Option<&Product>, balance: Option<Credits>) -> String {
    let mut lines = Vec::new();
    let count = draft.count.unwrap_or(1);
    if let Some(product) = product {
        let times = if count > 1 { format!(" × {count}") } else { String::new() };
        // A kind with one style needs no name of it.
        let style = if product.style == Style::Product { String::new() } else { format!(", {}", style(product.style)) };
        lines.push(format!("<b>{}</b>{style}{times}", kind(product.kind)));
        let (time, unit) = time(product);
        let frame = product.frame(draft.frame);
        let frame = if frame == Frame::Own { "same shape as your photo" } else { frame.name() };
        lines.push(format!("📐 {frame}, {}", seconds(product.length(draft.secs).secs)));
        lines.push(format!("⏱ takes about {time} {unit}"));
    }
    let brief = draft.brief();
    let wishes = brief.wishes.is_some();
    // An own prompt is used unchanged, so the description is not part of the video.
    let about = brief.about.filter(|_| brief.own_prompt.is_none());
    let given = [("Product", about), ("Requests", brief.wishes), ("Prompt", brief.own_prompt)];
    for (name, words) in given {
        lines.extend(words.map(|words| format!("{name}: <i>{}</i>", some_words(&words))));
    }
    let Some(price) = draft.price() else {
        lines.push(draft_waits());
        return lines.join("\n");
    };
    let known = balance.map(|_| format!(" {}", your_balance(balance))).unwrap_or_default();
    lines.push(format!("\nPrice: <b>{}</b>.{known}", credits(price)));
    match missing(price, balance) {
        Some(missing) => lines.push(format!("You need <b>{}</b>.", more_credits(missing))),
        None if draft.style == Some(Style::Own) => lines.push("Ready? Tap <b>Make it</b>.".into()),
        None if wishes => lines.push("Ready? Tap <b>Make it</b>. To add another request, just type it.".into()),
        None => lines.push("Ready? Tap <b>Make it</b>. To add a request, just type it.".into()),
    }
    lines.join("\n")
}

pub fn finished_waits() -> String {
    "The video is ready, but it may not have reached you. You'll see the price before you pay.".into()
}

pub fn summary_of_finished(kind: Kind, price: Credits, balance: Option<Credits>) -> String {
    let known = balance.map(|_| format!(" {}", your_balance(balance))).unwrap_or_default();
    let lacks =
        missing(price, balance).map(|missing| format!("\nYou need <b>{}</b>.", more_credits(missing))).unwrap_or_default();
    format!(
        "📦 <b>{}</b>: this video is ready, but it may not have reached you, so its credits came back to you. Tap <b>Send it</b> to pay \
         and get it. If it doesn't arrive, you get the credits back.\n\nPrice: <b>{}</b>.{known}{lacks}",
        self::kind(kind),
        credits(price)
    )
}

fn time(product: &Product) -> (u32, &'static str) {
    let time = minutes(product.typical_secs);
    (time, if time == 1 { "minute" } else { "minutes" })
}

pub fn status(progress: Progress, product: Option<&Product>) -> String {
    let Progress { ordered, waiting, making, sending, delivered, failed, .. } = progress;
    let what = if ordered > 1 { format!("{} × {ordered}", kind(progress.kind)) } else { kind(progress.kind) };
    let expected = product.map(time).map(|(time, unit)| format!(" It usually takes about {time} {unit}.")).unwrap_or_default();
    if progress.is_over() {
        return match (delivered, failed) {
            (_, 0) => format!("✅ <b>{what}</b>: ready, see below."),
            (0, _) => format!("❌ <b>{what}</b>: it failed, the reason is below. Your credits are back."),
            (_, _) => {
                format!(
                    "✅ <b>{what}</b>: {delivered} of {ordered} delivered, {failed} failed. The credits for failed videos are back."
                )
            }
        };
    }
    if ordered > 1 && delivered + failed > 0 {
        let lost = if failed > 0 { format!(", {failed} failed; the credits for failed videos are back") } else { String::new() };
        return format!("🎬 <b>{what}</b>: {delivered} of {ordered} delivered{lost}.");
    }
    if waiting == ordered {
        let each = if ordered > 1 { "each one" } else { "it" };
        return format!("🎬 <b>{what}</b>: order accepted.{expected} I'll send {each} here as soon as it's ready.");
    }
    if sending > 0 && making + waiting == 0 {
        return format!("📤 <b>{what}</b>: ready, sending it to you.");
    }
    format!("🎬 <b>{what}</b>: being made.{expected}")
}

pub fn delivered(kind: Kind, balance: Option<Credits>) -> String {
    let balance = balance.map(|_| format!(" {}", your_balance(balance))).unwrap_or_default();
    format!("✅ Your <b>{}</b> video is ready.{balance}", self::kind(kind))
}

pub fn resent(kind: Kind) -> String {
    format!("Your <b>{}</b> video.", self::kind(kind))
}

pub fn example(kind: Kind) -> String {
    format!("An example: <b>{}</b>.", self::kind(kind))
}

pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "Neurocard".into(),
        Kind::Reels => "Reels".into(),
    }
}

pub fn style(style: Style) -> String {
    match style {
        Style::Product => "Product only",
        Style::Ugc => "UGC creator",
        Style::Broll => "Product ad",
        Style::Own => "My own prompt",
    }
    .into()
}

pub fn command(command: Command) -> String {
    match command {
        Command::Start => "Menu",
        Command::Create => "Make a video",
        Command::Videos => "My videos",
        Command::Balance => "My balance",
        Command::Help => "How it works",
        Command::Support => "Support",
        Command::Language => "Language",
        Command::Cancel => "Delete my unfinished order",
    }
    .into()
}

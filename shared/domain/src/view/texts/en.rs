//! The texts in English.

use super::words::{minutes, only_words, some_words};
use crate::{
    catalog::{Kind, Product, Style},
    classify::{Class, Why},
    conversation::{Command, Draft, Notice, VideoState},
    credits::Credits,
    photo::Flaw,
    view::{failure_notice::FailureNotice, progress::Progress},
};

pub fn credits(Credits(n): Credits) -> String {
    if n == 1 { "1 credit".into() } else { format!("{n} credits") }
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
    format!("I turn one product photo into a short selling video.\n{balance}\n\nWhat shall we make?")
}

pub fn draft_waits() -> String {
    "✏️ An order you began is waiting.".into()
}

pub fn consent() -> String {
    "👋 I turn one product photo into a short selling video.\n\nBefore we begin, please look at the pages below. Your photo \
     and what you write about it go to the services that write the script and make the video. By tapping <b>Accept</b> you \
     agree to both pages."
        .into()
}

pub fn choose_language() -> String {
    "🌐 Choose a language.".into()
}

pub fn help(support: Option<&str>) -> String {
    let ask = if support.is_some() { "\n\nQuestions? Tap <b>Support</b>." } else { "" };
    format!(
        "<b>How it works</b>\n\n1. Choose a <b>Neurocard</b> (your product card, moving) or a <b>Reels</b> (a vertical video \
         for a feed).\n2. Send one photo: good light, the product large in the frame, at least 300 pixels on the shorter side, \
         best without people.\n3. Say what it is, choose a style, confirm.\n\nYou pay when you confirm. If a video cannot be \
         made or sent, its credit comes back by itself and I tell you why.{ask}"
    )
}

pub fn balance(balance: Option<Credits>, support: Option<&str>) -> String {
    let more = if support.is_some() { "\n\nNeed more? Tap <b>Support</b>." } else { "" };
    let balance = match balance {
        Some(balance) => format!("Your balance: <b>{}</b>.", credits(balance)),
        None => "Your balance cannot be shown right now. Please try again in a minute.".into(),
    };
    format!("💳 {balance}\nA credit is charged when you confirm an order. If a video fails, it comes back by itself.{more}")
}

pub fn videos() -> String {
    "🎞 Your last videos. Tap a number to send one again or to order it again.".into()
}

pub fn no_videos() -> String {
    "🎞 You have not ordered a video yet.".into()
}

pub fn video_state(state: VideoState) -> String {
    match state {
        VideoState::Making => "being made",
        VideoState::Sending => "being sent",
        VideoState::Delivered | VideoState::DeliveredOnce => "delivered",
        VideoState::Failed => "did not work out, no credit spent",
    }
    .into()
}

pub fn ask_kind() -> String {
    "What shall I make?\n\n<b>Neurocard</b>: your product card, moving; same framing, only the product.\n<b>Reels</b>: a \
     vertical 9:16 video for a feed."
        .into()
}

pub fn ask_photo(kind: Option<Kind>) -> String {
    let what = match kind {
        Some(Kind::Neurocard) => "A <b>Neurocard</b> is your product card, moving: same framing, only the product.\n\n",
        Some(Kind::Reels) => "<b>Reels</b>: a vertical 9:16 video for a feed.\n\n",
        None => "",
    };
    format!("{what}📷 Send one photo of the product, as a photo or as a JPEG, PNG or WebP file.")
}

pub fn ask_about() -> String {
    "What is the product? One line helps: <i>a handmade ceramic mug, 300 ml</i>. Or skip.".into()
}

pub fn ask_style() -> String {
    "Which style?\n\n<b>UGC blogger</b>: somebody shows the product, as people film it themselves.\n<b>Product ad</b>: the \
     camera around the product, no people.\n<b>My own prompt</b>: you describe the video."
        .into()
}

pub fn ask_own_prompt(max_chars: usize) -> String {
    format!("✍️ Describe the video in your own words, up to {max_chars} characters: what happens, where, how the camera moves.")
}

pub fn ask_more_prompt() -> String {
    "✍️ What shall I add to it?".into()
}

pub fn review_prompt(prompt: &str) -> String {
    format!("Your prompt:\n\n<blockquote>{}</blockquote>\n\nIs it right?", only_words(prompt))
}

pub fn ask_wishes() -> String {
    "Any wishes? For example: <i>autumn mood, warm light, slow camera</i>.".into()
}

pub fn ask_count(style: Style, each: Credits, balance: Option<Credits>) -> String {
    let differ = if style == Style::Own { "All by the same prompt" } else { "Each with its own setting" };
    let balance = balance.map(|_| format!("\n{}", your_balance(balance))).unwrap_or_default();
    format!("How many videos? {differ}, {} each.{balance}", credits(each))
}

pub fn another_order() -> String {
    "✏️ You have an order open. Go on with it, or start the new one? Starting the new one forgets the open one.".into()
}

pub fn charged(price: Credits, balance: Option<Credits>) -> String {
    format!("Charged: {}. {}", credits(price), your_balance(balance))
}

pub fn ask_replace_photo() -> String {
    "This order has a photo already. Take the new one instead?".into()
}

pub fn summary(draft: &Draft, product: Option<&Product>, balance: Option<Credits>) -> String {
    let mut lines = Vec::new();
    let count = draft.count.unwrap_or(1);
    if let Some(product) = product {
        let times = if count > 1 { format!(" × {count}") } else { String::new() };
        lines.push(format!("<b>{}</b>, {}{times}", kind(product.kind), style(product.style)));
        let (time, unit) = time(product);
        lines.push(format!("⏱ usually about {time} {unit}"));
    }
    let brief = draft.brief();
    // An own prompt is used unchanged, so the description is not part of the video.
    let about = brief.about.filter(|_| brief.own_prompt.is_none());
    let given = [("Product", about), ("Wishes", brief.wishes), ("Prompt", brief.own_prompt)];
    for (name, words) in given {
        lines.extend(words.map(|words| format!("{name}: <i>{}</i>", some_words(&words))));
    }
    let Some(price) = draft.price() else {
        lines.push(draft_waits());
        return lines.join("\n");
    };
    let known = balance.map(|_| format!(" {}", your_balance(balance))).unwrap_or_default();
    lines.push(format!("\nPrice: <b>{}</b>.{known}", credits(price)));
    let lacks = balance.is_some_and(|balance| balance < price);
    lines.push(if lacks { "There are not enough credits for it." } else { "Shall I make it?" }.into());
    lines.join("\n")
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
            (_, 0) => format!("✅ <b>{what}</b>: done. See below."),
            (0, _) => format!("❌ <b>{what}</b>: that did not work out. What it cost is back."),
            (_, _) => format!("✅ <b>{what}</b>: {delivered} of {ordered} delivered, {failed} failed; what failed is paid back."),
        };
    }
    if ordered > 1 && delivered + failed > 0 {
        let lost = if failed > 0 { format!(", {failed} failed and paid back") } else { String::new() };
        return format!("🎬 <b>{what}</b>: {delivered} of {ordered} delivered{lost}.");
    }
    if waiting == ordered {
        return format!("🎬 <b>{what}</b>: accepted.{expected} It comes here by itself.");
    }
    if sending > 0 && making + waiting == 0 {
        return format!("📤 <b>{what}</b>: made, on its way to you.");
    }
    format!("🎬 <b>{what}</b>: being made.{expected}")
}

pub fn notice(notice: Notice) -> String {
    match notice {
        Notice::Welcome(Credits(0)) => "👋 Welcome!".into(),
        Notice::Welcome(gift) => format!("👋 Welcome! You have {} to start with.", credits(gift)),
        Notice::WelcomeBack(balance) => format!("👋 Welcome back! Your credits are here: {}.", credits(balance)),
        Notice::ConsentFirst => "Please accept first, then we begin.".into(),
        Notice::SendAPhoto => "I need a photo here.".into(),
        Notice::SendText => "I need a few words here.".into(),
        Notice::ChooseAButton => "Please choose with the buttons.".into(),
        Notice::NotAnImage => "❌ This file is not an image I can use. Please send a photo, or a JPEG, PNG or WebP file.".into(),
        Notice::Heic => "❌ This is a HEIC file, which I cannot use. Please send it as a photo, not as a file.".into(),
        Notice::Photo(Flaw::TooLarge(mb)) => format!("❌ This file is too large. Please send one of up to {mb} MB."),
        Notice::Photo(Flaw::TooManyPixels(megapixels)) => {
            format!("❌ This photo has too many pixels. Please send one of up to {megapixels} megapixels.")
        }
        Notice::Photo(Flaw::TooSmall(px)) => {
            format!("❌ This photo is too small. Please send one with at least {px} pixels on the shorter side.")
        }
        Notice::Photo(Flaw::TooNarrow) => "❌ This photo is too long and narrow. Please send one closer to a square.".into(),
        Notice::Photo(Flaw::TooDark) => {
            "❌ This photo is too dark: the video would show nothing. Please take one in better light.".into()
        }
        Notice::Photo(Flaw::Plain) => "❌ I see no product on this photo, only a plain surface. Please send another one.".into(),
        Notice::FirstOfAlbum => "☝️ One photo is enough: I look at the first of them only.".into(),
        Notice::TextTooLong { max, was } => format!("❌ That is {was} characters; up to {max} fit. Please shorten it."),
        Notice::AlreadyOrdered => "☝️ It is already being made: one order, one charge.".into(),
        Notice::OldButton => "This button belongs to an older message. Let's go on from here.".into(),
        Notice::NotEnoughCredits(price) => {
            format!("❌ Not enough credits: this costs {}. Nothing was charged.", credits(price))
        }
        Notice::TooManyOpen(max) => format!(
            "⏳ At most {max} videos are made for you at the same time. Please wait until some are ready. Nothing was charged."
        ),
        Notice::TooManyToday(max) => format!(
            "⏳ At most {max} videos a day are made for you. Please order fewer, or come back tomorrow. Nothing was charged."
        ),
        Notice::TooManyRefunds(max) => format!(
            "⏳ The videos that are being made for you and those that the video service refused today may be {max} together. \
             Please order fewer, wait until one is ready, or come back tomorrow. Nothing was charged."
        ),
        Notice::NoVideosLeft => {
            "⏳ Today's videos are nearly all taken. Please order fewer, or come back tomorrow. Nothing was charged.".into()
        }
        Notice::TooFast => "⏳ That was a lot at once. Please wait a minute.".into(),
        Notice::Cancelled => "Cancelled. Nothing was charged.".into(),
        Notice::NothingToCancel => "There is nothing to cancel. An order that is already being made goes on.".into(),
        Notice::Resent => "📤 Here it is again.".into(),
        Notice::ResentSoon => "⏳ I am sending it again. It comes in a moment.".into(),
        Notice::ResendLater => "⏳ I could not send it just now. Please try again in a minute.".into(),
        Notice::DraftGone => "That order was begun more than a day ago and is forgotten. Nothing was charged.".into(),
        Notice::CannotResend => "❌ This video cannot be sent again. You can order it again.".into(),
    }
}

pub fn delivered(kind: Kind) -> String {
    format!("✅ Your <b>{}</b> is ready.", self::kind(kind))
}

pub fn resent(kind: Kind) -> String {
    format!("Your <b>{}</b>.", self::kind(kind))
}

pub fn example(kind: Kind) -> String {
    format!("An example: <b>{}</b>.", self::kind(kind))
}

pub fn ended(ending: FailureNotice) -> String {
    let what = match (ending.class, ending.why) {
        (Class::ContentRejected, Some(Why::People)) => {
            "❌ The video service does not accept photos with people. Please send a photo of the product alone."
        }
        (Class::ContentRejected, Some(Why::ThirdParty)) => {
            "❌ The video service found this too similar to somebody else's protected content. Please try another photo."
        }
        (Class::ContentRejected, Some(Why::Words)) => {
            "❌ The video service did not accept the text. Please say it in other words."
        }
        (Class::ContentRejected, Some(Why::Adult)) => {
            "❌ The video service took this for adult content. Please try another photo."
        }
        (Class::ContentRejected, _) => "❌ The video service did not accept this photo or text. Please try another photo.",
        (Class::BadPhoto, Some(Why::UnusableFile)) => {
            "❌ This file could not be used. Please send a photo, or a JPEG, PNG or WebP file of up to 20 MB."
        }
        (Class::BadPhoto, Some(Why::PhotoSize)) => {
            "❌ This photo has too few or too many pixels for a video. Please send one with 300 to 4000 pixels on each side."
        }
        (Class::BadPhoto, Some(Why::PhotoShape)) => {
            "❌ This photo is too long and narrow for a video. Please send one closer to a square."
        }
        (Class::BadPhoto, _) => "❌ Photo quality too low. Please try with better lighting.",
        (Class::Overloaded, _) => "⏳ The video service is too busy right now. Please try again in a few minutes.",
        (Class::BrokenUpstream, _) => "❌ Generation failed on our side. Please try again.",
        (Class::OurAccount, _) => "❌ Generation is not available: technical trouble on our side. We know about it already.",
        (Class::TookTooLong, _) => "⏳ Generation took too long. Please retry.",
        (Class::CouldNotDeliver, _) => {
            "❌ Send failed: the video was made, but we could not confirm that it reached you. Please try again."
        }
        (Class::TooLarge, _) => "❌ The video came out too large for Telegram. Please try again.",
        (Class::Unreachable, _) => "❌ Your video waited for you, and its time is over: I could not reach you.",
    };
    let back = match ending.refunded {
        // A free replay: the first job's charge was refunded before.
        Credits(0) => "This try was free, no credit was charged.".to_owned(),
        Credits(1) => "Your credit is back.".to_owned(),
        refunded => format!("Your {} are back.", credits(refunded)),
    };
    format!("{what}\n{back} {}", your_balance(ending.balance))
}

pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "Neurocard".into(),
        Kind::Reels => "Reels".into(),
    }
}

pub fn style(style: Style) -> String {
    match style {
        Style::Product => "The product",
        Style::Ugc => "UGC blogger",
        Style::Broll => "Product ad (b-roll)",
        Style::Own => "My own prompt",
    }
    .into()
}

pub fn command(command: Command) -> String {
    match command {
        Command::Start => "The menu",
        Command::Create => "Make a video",
        Command::Videos => "My videos",
        Command::Balance => "My balance",
        Command::Help => "How it works",
        Command::Support => "Support",
        Command::Language => "Language",
        Command::Cancel => "Forget the order I began",
    }
    .into()
}

pub fn button_kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "🖼 Neurocard".into(),
        Kind::Reels => "🎬 Reels".into(),
    }
}

pub fn button_confirm(price: Credits) -> String {
    format!("✅ Make it for {}", credits(price))
}

macro_rules! labels {
    ($($name:ident = $label:literal;)*) => {
        $(pub fn $name() -> String {
            $label.into()
        })*
    };
}

labels! {
    button_cancel = "✖️ Cancel";
    button_discard = "✖️ Forget it";
    button_resume = "▶️ Continue my order";
    button_start_new = "🆕 Start the new one";
    button_back = "◀️ Back";
    button_next = "Next ▶️";
    button_skip = "Skip";
    button_no_wishes = "No wishes";
    button_use_prompt = "✅ Use it";
    button_add_prompt = "➕ Add to it";
    button_rewrite_prompt = "✍️ Write another";
    button_replace_photo = "Take the new one";
    button_keep_photo = "Keep the old one";
    button_again = "🔁 Again with this product";
    button_restyle = "🎨 Another style";
    button_retry = "🔁 Try again";
    button_other_photo = "📷 Another photo";
    button_reword = "✍️ In other words";
    button_resend = "📤 Send it again";
    button_menu = "🏠 Menu";
    button_videos = "🎞 My videos";
    button_balance = "💳 Balance";
    button_help = "❔ How it works";
    button_support = "💬 Support";
    button_language = "🌐 Language";
    button_terms = "📄 Terms";
    button_privacy = "🔒 Privacy";
    button_accept = "✅ Accept";
}

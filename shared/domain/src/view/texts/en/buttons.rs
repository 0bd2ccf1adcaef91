//! The labels of the buttons in English.

use super::credits;
use crate::{
    catalog::{Frame, Kind},
    credits::Credits,
};

pub fn button_kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "🖼 Neurocard".into(),
        Kind::Reels => "🎬 Reels".into(),
    }
}

pub fn button_confirm(price: Credits) -> String {
    format!("✅ Make it for {}", credits(price))
}

pub fn button_confirm_finished(price: Credits) -> String {
    format!("✅ Send it for {}", credits(price))
}

/// A choice of the summary: a check mark on the chosen one, the price on the others, a mark where the balance does not cover it.
pub fn button_choice(label: String, is_chosen: bool, price: Option<Credits>, lacks: bool) -> String {
    let mark = if lacks { "⚠️ " } else { "" };
    match price {
        _ if is_chosen => format!("✓ {label}"),
        // Three such buttons share a row of a phone, so the unit is short.
        Some(Credits(price)) => format!("{mark}{label} · {price} cr."),
        None => label,
    }
}

pub fn frame(frame: Frame) -> String {
    match frame {
        Frame::Own => "Original".into(),
        ratio => ratio.name().into(),
    }
}

pub fn seconds(secs: u32) -> String {
    format!("{secs} s")
}

macro_rules! labels {
    ($($name:ident = $label:literal;)*) => {
        $(pub fn $name() -> String {
            $label.into()
        })*
    };
}

labels! {
    button_cancel = "✖️ Delete order";
    button_discard = "✖️ Delete order";
    button_resume = "▶️ Continue order";
    button_start_new = "🆕 Start a new one";
    button_back = "◀️ Back";
    button_edit_photo = "📷 Another photo";
    button_edit_style = "🎨 Style";
    button_edit_about = "📝 Description";
    button_edit_wishes = "💬 Requests";
    button_edit_prompt = "✍️ Prompt";
    button_skip = "No description";
    button_no_wishes = "No requests";
    button_use_prompt = "✅ Use it";
    button_add_prompt = "➕ Add to it";
    button_rewrite_prompt = "✍️ Write a new one";
    button_replace_photo = "Use the new one";
    button_keep_photo = "Keep the old one";
    button_again = "🔁 Another video of this product";
    button_restyle = "🎨 Another style";
    button_retry = "🔁 Try again";
    button_other_photo = "📷 Another photo";
    button_reword = "✍️ Change the text";
    button_send_finished = "📦 Send the finished video";
    button_file = "📄 As a file";
    button_new_product = "🆕 New product";
    button_resend = "📤 Send it again";
    button_menu = "🏠 Menu";
    button_videos = "🎞 My videos";
    button_older = "Older ▶️";
    button_newest = "⏮ Newest";
    button_operations = "🧾 Credit activity";
    button_balance = "💳 Balance";
    button_help = "❔ How it works";
    button_support = "💬 Support";
    button_more = "🆕 New video";
    button_language = "🌐 Language";
    button_terms = "📄 Terms";
    button_privacy = "🔒 Privacy";
    button_accept = "✅ Accept and begin";
}

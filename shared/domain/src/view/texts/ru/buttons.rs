//! The labels of the buttons in Russian.

use super::credits;
use crate::{
    catalog::{Frame, Kind},
    credits::Credits,
};

pub fn button_kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "🖼 Нейрокарточка".into(),
        Kind::Reels => "🎬 Reels".into(),
    }
}

pub fn button_confirm(price: Credits) -> String {
    format!("✅ Сделать за {}", credits(price))
}

pub fn button_confirm_finished(price: Credits) -> String {
    format!("✅ Получить за {}", credits(price))
}

/// A choice of the summary: a check mark on the chosen one, the price on the others, a mark where the balance does not cover it.
pub fn button_choice(label: String, is_chosen: bool, price: Option<Credits>, lacks: bool) -> String {
    let mark = if lacks { "⚠️ " } else { "" };
    match price {
        _ if is_chosen => format!("✓ {label}"),
        // Three such buttons share a row of a phone, so the unit is short.
        Some(Credits(price)) => format!("{mark}{label} · {price} кр."),
        None => label,
    }
}

pub fn frame(frame: Frame) -> String {
    match frame {
        Frame::Own => "Как у фото".into(),
        ratio => ratio.name().into(),
    }
}

pub fn seconds(secs: u32) -> String {
    format!("{secs} сек")
}

macro_rules! labels {
    ($($name:ident = $label:literal;)*) => {
        $(pub fn $name() -> String {
            $label.into()
        })*
    };
}

labels! {
    button_cancel = "✖️ Удалить заказ";
    button_discard = "✖️ Удалить заказ";
    button_resume = "▶️ Продолжить";
    button_start_new = "🆕 Начать новый";
    button_back = "◀️ Назад";
    button_edit_photo = "📷 Другое фото";
    button_edit_style = "🎨 Стиль";
    button_edit_about = "📝 Описание";
    button_edit_wishes = "💬 Пожелания";
    button_edit_prompt = "✍️ Промпт";
    button_skip = "Без описания";
    button_no_wishes = "Без пожеланий";
    button_use_prompt = "✅ Берём";
    button_add_prompt = "➕ Добавить";
    button_rewrite_prompt = "✍️ Написать заново";
    button_replace_photo = "Заменить";
    button_keep_photo = "Оставить прежнее";
    button_again = "🔁 Ещё видео с этим товаром";
    button_restyle = "🎨 Другой стиль";
    button_retry = "🔁 Попробовать ещё раз";
    button_other_photo = "📷 Другое фото";
    button_reword = "✍️ Изменить текст";
    button_send_finished = "📦 Получить готовое видео";
    button_file = "📄 Файлом";
    button_new_product = "🆕 Другой товар";
    button_resend = "📤 Отправить снова";
    button_menu = "🏠 Меню";
    button_videos = "🎞 Мои видео";
    button_older = "К старым ▶️";
    button_newest = "⏮ В начало";
    button_operations = "🧾 Операции";
    button_balance = "💳 Баланс";
    button_help = "❔ Как это работает";
    button_support = "💬 Поддержка";
    button_more = "🎬 Новое видео";
    button_language = "🌐 Язык";
    button_terms = "📄 Условия";
    button_privacy = "🔒 Конфиденциальность";
    button_accept = "✅ Принимаю, начнём";
}

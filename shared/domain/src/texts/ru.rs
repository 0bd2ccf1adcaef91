//! Russian.

use super::{Ending, Notice, minutes};
use crate::{
    catalog::{Kind, Product},
    classify::{Class, Why},
    credits::Credits,
};

/// The form a number takes: 1 кредит, 2 кредита, 5 кредитов.
fn plural(n: u32, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

pub fn credits(Credits(n): Credits) -> String {
    format!("{n} {}", plural(n, ["кредит", "кредита", "кредитов"]))
}

pub fn home(balance: Credits) -> String {
    format!("Я делаю из фото товара короткое продающее видео.\nВаш баланс: <b>{}</b>.\n\nЧто сделаем?", credits(balance))
}

pub fn ask_photo(kind: Kind) -> String {
    let what = match kind {
        Kind::Neurocard => "<b>Нейрокарточка</b>: ваша карточка товара оживает, ракурс тот же, в кадре только товар.",
        Kind::Reels => "<b>Reels</b>: вертикальное видео 9:16 для ленты.",
    };
    format!("{what}\n\n📷 Пришлите одно фото товара: как фото или файлом JPEG или PNG.")
}

pub fn ask_kind() -> String {
    "📷 Фото получил. Что из него сделать?".into()
}

pub fn summary(kind: Kind, price: Credits, balance: Credits) -> String {
    format!("<b>{}</b> по вашему фото.\nЦена: {}. Ваш баланс: {}.\n\nДелаем?", self::kind(kind), credits(price), credits(balance))
}

pub fn ordered(kind: Kind, product: Option<&Product>, balance: Credits) -> String {
    let time = product.map_or(3, |product| minutes(product.typical_secs));
    // After "около" comes the genitive: около 1 минуты, около 3 минут, около 21 минуты.
    let unit = plural(time, ["минуты", "минут", "минут"]);
    format!(
        "🎬 Делаю: <b>{}</b>. Обычно это занимает около {time} {unit}; видео придёт сюда.\nВаш баланс: {}.",
        self::kind(kind),
        credits(balance)
    )
}

pub fn notice(notice: Notice) -> String {
    match notice {
        Notice::Welcome(gift) => format!("👋 Добро пожаловать! Для начала у вас {}.", credits(gift)),
        Notice::SendAPhoto => "Здесь нужно фото.".into(),
        Notice::NotAnImage => "❌ Этот файл не подходит. Пришлите фото или файл JPEG или PNG.".into(),
        Notice::FileTooLarge(mb) => format!("❌ Файл слишком большой. Пришлите файл до {mb} МБ."),
        Notice::PhotoTooSmall(px) => format!("❌ Фото слишком маленькое. Нужно не меньше {px} пикселей по короткой стороне."),
        Notice::PhotoTooNarrow => "❌ Фото слишком вытянутое. Пришлите фото ближе к квадратному.".into(),
        Notice::AlreadyOrdered => "☝️ Видео уже делается: один заказ, одно списание.".into(),
        Notice::OldButton => "Эта кнопка из старого сообщения. Продолжим отсюда.".into(),
        Notice::NotEnoughCredits(price) => {
            format!("❌ Не хватает кредитов: цена {}. Ничего не списано.", credits(price))
        }
        Notice::Cancelled => "Отменено. Ничего не списано.".into(),
        Notice::NothingToCancel => "Отменять нечего. Уже оплаченный заказ продолжает делаться.".into(),
        Notice::Balance => "💳 Вот ваш баланс.".into(),
    }
}

pub fn delivered(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "✅ Ваша <b>нейрокарточка</b> готова.".into(),
        Kind::Reels => "✅ Ваш <b>Reels</b> готов.".into(),
    }
}

pub fn ended(ending: Ending) -> String {
    let what = match (ending.class, ending.why) {
        (Class::ContentRejected, Some(Why::People)) => "❌ Сервис не принимает фото с людьми. Пришлите фото одного товара.",
        (Class::ContentRejected, Some(Why::ThirdParty)) => {
            "❌ Сервис счёл это слишком похожим на чужой защищённый контент. Попробуйте другое фото."
        }
        (Class::ContentRejected, _) => "❌ Сервис не принял это фото или текст. Попробуйте другое фото.",
        (Class::BadPhoto, Some(Why::UnusableFile)) => "❌ Этот файл не подошёл. Пришлите фото или файл JPEG или PNG до 10 МБ.",
        (Class::BadPhoto, _) => "❌ Качество фото слишком низкое. Попробуйте снять при лучшем освещении.",
        (Class::Overloaded, _) => "⏳ Сервис сейчас перегружен. Попробуйте через несколько минут.",
        (Class::BrokenUpstream, _) => "❌ Сбой генерации на нашей стороне. Попробуйте ещё раз.",
        (Class::OurAccount, _) => "❌ Генерация недоступна: технический сбой на нашей стороне. Мы уже знаем о нём.",
        (Class::TookTooLong, _) => "⏳ Генерация заняла слишком много времени. Попробуйте ещё раз.",
        (Class::CouldNotDeliver, _) => {
            "❌ Сбой отправки: видео сделано, но подтвердить, что оно дошло до вас, не удалось. Попробуйте ещё раз."
        }
        (Class::Unreachable, _) => "❌ Видео не удалось отправить в этот чат.",
    };
    let back = if ending.refunded.0 == 1 {
        "Кредит возвращён.".to_owned()
    } else {
        format!("Возвращено: {}.", credits(ending.refunded))
    };
    format!("{what}\n{back} Ваш баланс: {}.", credits(ending.balance))
}

pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "Нейрокарточка".into(),
        Kind::Reels => "Reels".into(),
    }
}

pub fn button_confirm(price: Credits) -> String {
    format!("✅ Сделать за {}", credits(price))
}

pub fn button_cancel() -> String {
    "✖️ Отмена".into()
}

pub fn button_again() -> String {
    "🔁 Ещё раз с этим товаром".into()
}

pub fn button_menu() -> String {
    "🏠 Меню".into()
}

pub fn button_balance() -> String {
    "💳 Баланс".into()
}

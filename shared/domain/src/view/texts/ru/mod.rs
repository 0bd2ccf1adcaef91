//! The texts in Russian.

mod buttons;
mod notices;

pub use buttons::*;
pub use notices::*;

use jiff::{
    Timestamp,
    tz::{self, TimeZone},
};

use super::words::{minutes, missing, only_words, some_words};
use crate::{
    catalog::{Frame, Kind, Product, Style},
    classify::Class,
    conversation::{Command, Draft, Operation, OperationKind, VideoState},
    credits::Credits,
    view::progress::Progress,
};

/// The Russian plural form after a number: 1 кредит, 2 кредита, 5 кредитов.
fn plural(n: u32, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// The Russian plural form after a `usize`.
fn plural_of(n: usize, forms: [&'static str; 3]) -> &'static str {
    plural(u32::try_from(n % 100).unwrap_or_default(), forms)
}

/// An amount of credits in the genitive: не хватает 1 кредита, 2 кредитов.
fn lacking(Credits(n): Credits) -> String {
    format!("{n} {}", plural(n, ["кредита", "кредитов", "кредитов"]))
}

pub fn credits(Credits(n): Credits) -> String {
    format!("{n} {}", plural(n, ["кредит", "кредита", "кредитов"]))
}

/// The sentence with the balance; without a known balance, how to see it.
fn your_balance(balance: Option<Credits>) -> String {
    match balance {
        Some(balance) => format!("Ваш баланс: {}.", credits(balance)),
        None => "Баланс покажет команда /balance.".into(),
    }
}

pub fn home(balance: Option<Credits>) -> String {
    let balance = balance.map_or_else(|| your_balance(None), |balance| format!("Ваш баланс: <b>{}</b>.", credits(balance)));
    format!("Из одного фото товара я делаю короткое продающее видео.\n{balance}\n\nЧто сделаем?")
}

pub fn draft_waits() -> String {
    "✏️ У вас есть незаконченный заказ.".into()
}

pub fn bot_description() -> String {
    "Пришлите одно фото товара и получите короткое продающее видео: фото оживёт или станет роликом Reels.\n\nКредиты спишу, только \
     когда вы нажмёте кнопку ✅ с ценой. Если видео не получится, кредиты вернутся. Нажмите кнопку внизу, и сделаем первое."
        .into()
}

pub fn bot_short_description() -> String {
    "Короткое продающее видео из одного фото товара: для маркетплейсов и соцсетей.".into()
}

pub fn greeting(gift: Credits) -> String {
    let gift = match gift {
        Credits(0) => String::new(),
        gift => format!("\n\n🎁 Дарю вам для начала <b>{}</b>.", credits(gift)),
    };
    format!(
        "👋 Из одного фото товара я делаю короткое продающее видео.\n\n<b>Нейрокарточка</b>: ваше фото товара оживает.\n<b>Reels</b>: \
         новое видео с товаром, для соцсетей или маркетплейса.{gift}"
    )
}

pub fn consent() -> String {
    "Перед началом посмотрите, пожалуйста, условия и \
     политику конфиденциальности. Фото и всё, что вы напишете, я передаю сервисам, которые пишут сценарий и делают видео. Если всё \
     устраивает, нажмите «Принимаю, начнём»."
        .into()
}

pub fn choose_language() -> String {
    "🌐 Выберите язык.".into()
}

pub fn help(support: Option<&str>) -> String {
    let ask = if support.is_some() { "\n\nЕсть вопрос? Нажмите «Поддержка»." } else { "" };
    format!(
        "<b>Как это работает</b>\n\n1. Выберите <b>нейрокарточку</b> (ваше фото товара оживает) или <b>Reels</b> \
         (новое видео с товаром).\n2. Пришлите одно фото: хороший свет, товар крупно, без людей, не меньше 300 пикселей по \
         короткой стороне.\n3. Проверьте заказ и нажмите «Сделать». До этого там можно выбрать формат для маркетплейса, поменять фото, \
         описание и пожелания.\n\nКредиты спишу, только когда вы нажмёте кнопку ✅ с ценой. Если видео не получится или не \
         дойдёт, я верну кредиты и объясню почему.{ask}"
    )
}

pub fn balance(balance: Option<Credits>, support: Option<&str>) -> String {
    let more =
        if support.is_some() { "\n\nНужны ещё кредиты? Нажмите «Поддержка»." } else { "" };
    let balance = match balance {
        Some(balance) => format!("Ваш баланс: <b>{}</b>.", credits(balance)),
        None => "Не получилось узнать баланс. Попробуйте через минуту.".into(),
    };
    format!("💳 {balance}\nКредиты списываются при заказе. Если видео не получится, они вернутся.{more}")
}

pub fn videos() -> String {
    "🎞 Ваши видео, сначала новые. Нажмите на номер, чтобы получить видео снова или заказать ещё одно с этим товаром.".into()
}

pub fn no_videos() -> String {
    "🎞 Вы ещё не заказывали видео. Нажмите «Меню», и сделаем первое.".into()
}

pub fn operations(balance: Option<Credits>) -> String {
    let balance = balance.map_or_else(|| your_balance(None), |balance| format!("Ваш баланс: <b>{}</b>.", credits(balance)));
    format!("🧾 Операции с кредитами, сначала новые. {balance}")
}

pub fn no_operations() -> String {
    "🧾 Операций с кредитами пока нет.".into()
}

pub fn operation(operation: &Operation) -> String {
    let what = match operation.what {
        OperationKind::Gift => "приветственный подарок",
        OperationKind::Order => "заказ видео",
        OperationKind::Refund(class) => return format!("{} · возврат: {}", moved(operation), refund_reason(class)),
        OperationKind::Grant => "начислено поддержкой",
        OperationKind::Purchase => "пополнение",
    };
    format!("{} · {what}", moved(operation))
}

fn moved(Operation { at, amount, .. }: &Operation) -> String {
    format!("{} · <b>{amount:+}</b>", day_and_time(*at))
}

fn refund_reason(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::ContentRejected) => "нейросеть не приняла фото или текст",
        Some(Class::BadPhoto) => "не подошло фото",
        Some(Class::Overloaded) => "нейросеть перегружена",
        Some(Class::TookTooLong) => "слишком долго",
        Some(Class::CouldNotDeliver | Class::TooLarge) => "не получилось доставить",
        Some(Class::Unreachable) => "не получалось вам написать",
        Some(Class::BrokenUpstream | Class::OurAccount) | None => "технический сбой",
    }
}

/// Moscow has no summer time: UTC+3 all year.
pub fn day_and_time(at: Timestamp) -> String {
    let moscow = at.to_zoned(TimeZone::fixed(tz::offset(3)));
    format!("{} мск", moscow.strftime("%d.%m.%Y %H:%M"))
}

pub fn video_state(state: VideoState) -> String {
    match state {
        VideoState::Making => "делаю",
        VideoState::Sending => "отправляю",
        VideoState::Delivered | VideoState::DeliveredOnce => "доставлено",
        VideoState::Failed => "не получилось, кредиты не потрачены",
    }
    .into()
}

pub fn ask_kind() -> String {
    "Что сделаем?\n\n<b>Нейрокарточка</b>: ваше фото товара оживает.\n<b>Reels</b>: \
     новое видео с товаром, для соцсетей или маркетплейса."
        .into()
}

pub fn ask_photo(kind: Option<Kind>) -> String {
    let what = match kind {
        Some(Kind::Neurocard) => "<b>Нейрокарточка</b>: ваше фото товара оживает.\n\n",
        Some(Kind::Reels) => "<b>Reels</b>: новое видео с товаром, для соцсетей или маркетплейса.\n\n",
        None => "",
    };
    format!("{what}📷 Пришлите одно фото товара. Можно файлом: JPEG, PNG или WebP.")
}

pub fn ask_about() -> String {
    "Что это за товар? Хватит одной строки, например: <i>керамическая кружка ручной работы, 300 мл</i>.".into()
}

pub fn ask_style() -> String {
    "Какой стиль?\n\n<b>UGC-блогер</b>: человек показывает товар, будто снимает себя на телефон.\n<b>Реклама товара</b>: камера движется вокруг \
     товара, без людей.\n<b>Свой промпт</b>: вы сами описываете видео."
        .into()
}

pub fn ask_own_prompt(max_chars: usize) -> String {
    let unit = plural_of(max_chars, ["символа", "символов", "символов"]);
    format!("✍️ Опишите видео своими словами, до {max_chars} {unit}: что происходит, где, как движется камера.")
}

pub fn ask_more_prompt() -> String {
    "✍️ Что добавить?".into()
}

pub fn review_prompt(prompt: &str) -> String {
    format!("Ваш промпт:\n\n<blockquote>{}</blockquote>\n\nБерём такой?", only_words(prompt))
}

pub fn ask_wishes() -> String {
    "Есть пожелания к видео? Например: <i>осеннее настроение, тёплый свет, камера движется медленно</i>.".into()
}

pub fn ask_count(style: Style, each: Credits, balance: Option<Credits>) -> String {
    let differ = if style == Style::Own {
        "Все по одному промпту"
    } else {
        "Обстановка в каждом своя"
    };
    let balance = balance.map(|_| format!("\n{}", your_balance(balance))).unwrap_or_default();
    format!("Сколько видео? {differ}. Цена одного: {}.{balance}", credits(each))
}

pub fn another_order() -> String {
    "✏️ У вас есть незаконченный заказ. Продолжить его или начать новый? Если начать новый, прежний я удалю. За него ничего не списано."
        .into()
}

pub fn charged(price: Credits, balance: Option<Credits>) -> String {
    format!("Списано: {}. {}", credits(price), your_balance(balance))
}

pub fn ask_replace_photo() -> String {
    "В заказе уже есть фото. Заменить его новым?".into()
}

pub fn summary(draft: &Draft, product: Option<&Product>, balance: Option<Credits>) -> String {
    let mut lines = Vec::new();
    let count = draft.count.unwrap_or(1);
    if let Some(product) = product {
        let times = if count > 1 { format!(" × {count}") } else { String::new() };
        // A kind with one style needs no name of it.
        let style = if product.style == Style::Product { String::new() } else { format!(", {}", style(product.style)) };
        lines.push(format!("<b>{}</b>{style}{times}", kind(product.kind)));
        let frame = product.frame(draft.frame);
        let frame = if frame == Frame::Own { "пропорции как у фото" } else { frame.name() };
        lines.push(format!("📐 {frame}, {}", seconds(product.length(draft.secs).secs)));
        lines.push(format!("⏱ обычно {}", about(product)));
    }
    let brief = draft.brief();
    let wishes = brief.wishes.is_some();
    // An own prompt is used unchanged, so the description is not part of the video.
    let about = brief.about.filter(|_| brief.own_prompt.is_none());
    let given = [("Товар", about), ("Пожелания", brief.wishes), ("Промпт", brief.own_prompt)];
    for (name, words) in given {
        lines.extend(words.map(|words| format!("{name}: <i>{}</i>", some_words(&words))));
    }
    let Some(price) = draft.price() else {
        lines.push(draft_waits());
        return lines.join("\n");
    };
    let known = balance.map(|_| format!(" {}", your_balance(balance))).unwrap_or_default();
    lines.push(format!("\nЦена: <b>{}</b>.{known}", credits(price)));
    match missing(price, balance) {
        Some(missing) => lines.push(format!("Не хватает <b>{}</b>.", lacking(missing))),
        None if draft.style == Some(Style::Own) => lines.push("Всё верно? Нажмите «Сделать».".into()),
        None if wishes => lines.push("Всё верно? Нажмите «Сделать». Есть ещё пожелания? Просто напишите их.".into()),
        None => lines.push("Всё верно? Нажмите «Сделать». Есть пожелания? Просто напишите их.".into()),
    }
    lines.join("\n")
}

/// After "около" comes the genitive: около 1 минуты, около 3 минут, около 21 минуты.
fn about(product: &Product) -> String {
    let time = minutes(product.typical_secs);
    format!("около {time} {}", plural(time, ["минуты", "минут", "минут"]))
}

pub fn finished_waits() -> String {
    "Видео готово, но могло не дойти. Цену покажу до оплаты.".into()
}

pub fn summary_of_finished(kind: Kind, price: Credits, balance: Option<Credits>) -> String {
    let known = balance.map(|_| format!(" {}", your_balance(balance))).unwrap_or_default();
    let lacks = missing(price, balance).map(|missing| format!("\nНе хватает <b>{}</b>.", lacking(missing))).unwrap_or_default();
    format!(
        "📦 <b>{}</b>: видео готово, но могло не дойти, поэтому кредиты вернулись на баланс. Нажмите «Получить», и я его отправлю. \
         Если не дойдёт, верну кредиты.\n\nЦена: <b>{}</b>.{known}{lacks}",
        self::kind(kind),
        credits(price)
    )
}

pub fn status(progress: Progress, product: Option<&Product>) -> String {
    let Progress { ordered, waiting, making, sending, delivered, failed, .. } = progress;
    let what = if ordered > 1 { format!("{} × {ordered}", kind(progress.kind)) } else { kind(progress.kind) };
    let expected = product.map(|product| format!(" Обычно это занимает {}.", about(product))).unwrap_or_default();
    if progress.is_over() {
        return match (delivered, failed) {
            (_, 0) => format!("✅ <b>{what}</b>: готово, смотрите ниже."),
            (0, _) => format!("❌ <b>{what}</b>: не получилось, причина ниже. Кредиты вернулись на баланс."),
            (_, _) => {
                format!(
                    "✅ <b>{what}</b>: доставлено {delivered} из {ordered}, не получилось: {failed}. Кредиты за это вернулись на баланс."
                )
            }
        };
    }
    if ordered > 1 && delivered + failed > 0 {
        let lost = if failed > 0 {
            format!(", не получилось: {failed}, кредиты за это вернулись")
        } else {
            String::new()
        };
        return format!("🎬 <b>{what}</b>: доставлено {delivered} из {ordered}{lost}.");
    }
    if waiting == ordered {
        let each = if ordered > 1 { " каждое" } else { "" };
        return format!("🎬 <b>{what}</b>: заказ принят.{expected} Пришлю сюда{each}, как только будет готово.");
    }
    if sending > 0 && making + waiting == 0 {
        return format!("📤 <b>{what}</b>: готово, отправляю вам.");
    }
    format!("🎬 <b>{what}</b>: делаю.{expected}")
}

pub fn delivered(kind: Kind, balance: Option<Credits>) -> String {
    let balance = balance.map(|_| format!(" {}", your_balance(balance))).unwrap_or_default();
    match kind {
        Kind::Neurocard => format!("✅ Ваша <b>нейрокарточка</b> готова.{balance}"),
        Kind::Reels => format!("✅ Ваше видео <b>Reels</b> готово.{balance}"),
    }
}

pub fn resent(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "Ваша <b>нейрокарточка</b>.".into(),
        Kind::Reels => "Ваше видео <b>Reels</b>.".into(),
    }
}

pub fn example(kind: Kind) -> String {
    format!("Пример: <b>{}</b>.", self::kind(kind))
}

pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "Нейрокарточка".into(),
        Kind::Reels => "Reels".into(),
    }
}

pub fn style(style: Style) -> String {
    match style {
        Style::Product => "Только товар",
        Style::Ugc => "UGC-блогер",
        Style::Broll => "Реклама товара",
        Style::Own => "Свой промпт",
    }
    .into()
}

pub fn command(command: Command) -> String {
    match command {
        Command::Start => "Меню",
        Command::Create => "Сделать видео",
        Command::Videos => "Мои видео",
        Command::Balance => "Мой баланс",
        Command::Help => "Как это работает",
        Command::Support => "Поддержка",
        Command::Language => "Язык",
        Command::Cancel => "Удалить незаконченный заказ",
    }
    .into()
}

//! The texts in Russian.

use super::words::{minutes, only_words, some_words};
use crate::{
    catalog::{Kind, Product, Style},
    classify::{Class, Why},
    conversation::{Command, Draft, Notice, VideoState},
    credits::Credits,
    photo::Flaw,
    view::{failure_notice::FailureNotice, progress::Progress},
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
    format!("Я делаю из одного фото товара короткое продающее видео.\n{balance}\n\nЧто сделаем?")
}

pub fn draft_waits() -> String {
    "✏️ Начатый заказ ждёт вас.".into()
}

pub fn consent() -> String {
    "👋 Я делаю из одного фото товара короткое продающее видео.\n\nПрежде чем начать, посмотрите, пожалуйста, страницы ниже. \
     Ваше фото и то, что вы о нём напишете, уходят в сервисы, которые пишут сценарий и делают видео. Нажимая <b>Принимаю</b>, вы \
     соглашаетесь с обеими страницами."
        .into()
}

pub fn choose_language() -> String {
    "🌐 Выберите язык.".into()
}

pub fn help(support: Option<&str>) -> String {
    let ask = if support.is_some() { "\n\nЕсть вопрос? Нажмите <b>Поддержка</b>." } else { "" };
    format!(
        "<b>Как это работает</b>\n\n1. Выберите <b>нейрокарточку</b> (ваша карточка товара оживает) или <b>Reels</b> \
         (вертикальное видео для ленты).\n2. Пришлите одно фото: хороший свет, товар крупно, не меньше 300 пикселей по \
         короткой стороне, лучше без людей.\n3. Скажите, что это, выберите стиль, подтвердите.\n\nОплата при подтверждении. \
         Если видео не получится сделать или отправить, кредит вернётся сам, и я скажу почему.{ask}"
    )
}

pub fn balance(balance: Option<Credits>, support: Option<&str>) -> String {
    let more = if support.is_some() { "\n\nНужно больше? Нажмите <b>Поддержка</b>." } else { "" };
    let balance = match balance {
        Some(balance) => format!("Ваш баланс: <b>{}</b>.", credits(balance)),
        None => "Сейчас баланс показать не удалось. Попробуйте ещё раз через минуту.".into(),
    };
    format!("💳 {balance}\nКредит списывается при подтверждении заказа. Если видео не получилось, он вернётся сам.{more}")
}

pub fn videos() -> String {
    "🎞 Ваши последние видео. Нажмите номер, чтобы получить видео снова или заказать ещё раз.".into()
}

pub fn no_videos() -> String {
    "🎞 Вы ещё не заказывали видео.".into()
}

pub fn video_state(state: VideoState) -> String {
    match state {
        VideoState::Making => "делается",
        VideoState::Sending => "отправляется",
        VideoState::Delivered | VideoState::DeliveredOnce => "доставлено",
        VideoState::Failed => "не вышло, кредит не потрачен",
    }
    .into()
}

pub fn ask_kind() -> String {
    "Что сделать?\n\n<b>Нейрокарточка</b>: ваша карточка товара оживает; ракурс тот же, в кадре только товар.\n<b>Reels</b>: \
     вертикальное видео 9:16 для ленты."
        .into()
}

pub fn ask_photo(kind: Option<Kind>) -> String {
    let what = match kind {
        Some(Kind::Neurocard) => "<b>Нейрокарточка</b>: ваша карточка товара оживает, ракурс тот же, в кадре только товар.\n\n",
        Some(Kind::Reels) => "<b>Reels</b>: вертикальное видео 9:16 для ленты.\n\n",
        None => "",
    };
    format!("{what}📷 Пришлите одно фото товара: обычным фото или файлом (JPEG, PNG, WebP).")
}

pub fn ask_about() -> String {
    "Что это за товар? Хватит одной строки: <i>керамическая кружка ручной работы, 300 мл</i>. Можно пропустить.".into()
}

pub fn ask_style() -> String {
    "Какой стиль?\n\n<b>UGC-блогер</b>: человек показывает товар, будто снимает сам.\n<b>Реклама товара</b>: камера движется вокруг \
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
    format!("Ваш промпт:\n\n<blockquote>{}</blockquote>\n\nВсё верно?", only_words(prompt))
}

pub fn ask_wishes() -> String {
    "Есть пожелания? Например: <i>осеннее настроение, тёплый свет, медленная камера</i>.".into()
}

pub fn ask_count(style: Style, each: Credits, balance: Option<Credits>) -> String {
    let differ = if style == Style::Own {
        "Все по одному промпту"
    } else {
        "У каждого своё место действия"
    };
    let balance = balance.map(|_| format!("\n{}", your_balance(balance))).unwrap_or_default();
    format!("Сколько видео? {differ}, цена каждого: {}.{balance}", credits(each))
}

pub fn another_order() -> String {
    "✏️ У вас открыт заказ. Продолжить его или начать новый? Если начать новый, открытый забудется.".into()
}

pub fn charged(price: Credits, balance: Option<Credits>) -> String {
    format!("Списано: {}. {}", credits(price), your_balance(balance))
}

pub fn ask_replace_photo() -> String {
    "В этом заказе уже есть фото. Взять новое вместо него?".into()
}

pub fn summary(draft: &Draft, product: Option<&Product>, balance: Option<Credits>) -> String {
    let mut lines = Vec::new();
    let count = draft.count.unwrap_or(1);
    if let Some(product) = product {
        let times = if count > 1 { format!(" × {count}") } else { String::new() };
        lines.push(format!("<b>{}</b>, {}{times}", kind(product.kind), style(product.style)));
        lines.push(format!("⏱ обычно {}", about(product)));
    }
    let brief = draft.brief();
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
    let lacks = balance.is_some_and(|balance| balance < price);
    lines.push(if lacks { "На это не хватает кредитов." } else { "Делаем?" }.into());
    lines.join("\n")
}

/// After "около" comes the genitive: около 1 минуты, около 3 минут, около 21 минуты.
fn about(product: &Product) -> String {
    let time = minutes(product.typical_secs);
    format!("около {time} {}", plural(time, ["минуты", "минут", "минут"]))
}

pub fn status(progress: Progress, product: Option<&Product>) -> String {
    let Progress { ordered, waiting, making, sending, delivered, failed, .. } = progress;
    let what = if ordered > 1 { format!("{} × {ordered}", kind(progress.kind)) } else { kind(progress.kind) };
    let expected = product.map(|product| format!(" Обычно это занимает {}.", about(product))).unwrap_or_default();
    if progress.is_over() {
        return match (delivered, failed) {
            (_, 0) => format!("✅ <b>{what}</b>: готово. Смотрите ниже."),
            (0, _) => format!("❌ <b>{what}</b>: не вышло. Списанное возвращено."),
            (_, _) => {
                format!("✅ <b>{what}</b>: доставлено {delivered} из {ordered}, не вышло: {failed}, за это кредиты возвращены.")
            }
        };
    }
    if ordered > 1 && delivered + failed > 0 {
        let lost = if failed > 0 {
            format!(", не вышло: {failed}, за это кредиты возвращены")
        } else {
            String::new()
        };
        return format!("🎬 <b>{what}</b>: доставлено {delivered} из {ordered}{lost}.");
    }
    if waiting == ordered {
        return format!("🎬 <b>{what}</b>: заказ принят.{expected} Всё придёт сюда само.");
    }
    if sending > 0 && making + waiting == 0 {
        return format!("📤 <b>{what}</b>: готово, отправляю вам.");
    }
    format!("🎬 <b>{what}</b>: делаю.{expected}")
}

pub fn notice(notice: Notice) -> String {
    match notice {
        Notice::Welcome(Credits(0)) => "👋 Добро пожаловать!".into(),
        Notice::Welcome(gift) => format!("👋 Добро пожаловать! Для начала у вас {}.", credits(gift)),
        Notice::WelcomeBack(balance) => format!("👋 С возвращением! Ваши кредиты на месте: {}.", credits(balance)),
        Notice::ConsentFirst => "Сначала примите, пожалуйста, условия, и начнём.".into(),
        Notice::SendAPhoto => "Здесь нужно фото.".into(),
        Notice::SendText => "Здесь нужно несколько слов.".into(),
        Notice::ChooseAButton => "Выберите, пожалуйста, кнопкой.".into(),
        Notice::NotAnImage => "❌ Этот файл не подходит. Пришлите фото или файл (JPEG, PNG, WebP).".into(),
        Notice::Heic => "❌ Формат HEIC не подходит. Отправьте снимок как фото, а не файлом.".into(),
        Notice::Photo(Flaw::TooLarge(mb)) => format!("❌ Файл слишком большой. Пришлите файл до {mb} МБ."),
        Notice::Photo(Flaw::TooManyPixels(megapixels)) => {
            format!("❌ У этого фото слишком большое разрешение. Пришлите фото до {megapixels} мегапикселей.")
        }
        Notice::Photo(Flaw::TooSmall(px)) => {
            format!("❌ Фото слишком маленькое. Нужно не меньше {px} пикселей по короткой стороне.")
        }
        Notice::Photo(Flaw::TooNarrow) => "❌ Фото слишком вытянутое. Пришлите фото ближе к квадратному.".into(),
        Notice::Photo(Flaw::TooDark) => {
            "❌ Фото слишком тёмное: на видео ничего не будет видно. Снимите при лучшем свете.".into()
        }
        Notice::Photo(Flaw::Plain) => "❌ На фото не видно товара, только ровный фон. Пришлите другое.".into(),
        Notice::FirstOfAlbum => "☝️ Одного фото достаточно: я смотрю только первое из них.".into(),
        Notice::TextTooLong { max, was } => {
            let unit = plural_of(was, ["символ", "символа", "символов"]);
            format!("❌ Здесь {was} {unit}, а помещается {max}. Сократите, пожалуйста.")
        }
        Notice::AlreadyOrdered => "☝️ Видео уже делается: один заказ, одно списание.".into(),
        Notice::OldButton => "Эта кнопка из старого сообщения. Продолжим отсюда.".into(),
        Notice::NotEnoughCredits(price) => {
            format!("❌ Не хватает кредитов: цена {}. Ничего не списано.", credits(price))
        }
        Notice::TooManyOpen(max) => {
            format!(
                "⏳ Одновременно для вас делается не больше {max} видео. Подождите, пока часть будет готова. Ничего не списано."
            )
        }
        Notice::TooManyToday(max) => {
            format!("⏳ За день для вас делается не больше {max} видео. Закажите меньше или приходите завтра. Ничего не списано.")
        }
        Notice::TooManyRefunds(max) => format!(
            "⏳ Видео, которые сейчас делаются, и те, которые сервис сегодня не принял: вместе не больше {max}. Закажите меньше, \
             подождите, пока одно из них будет готово, или приходите завтра. Ничего не списано."
        ),
        Notice::NoVideosLeft => {
            "⏳ На сегодня видео почти закончились. Закажите меньше или приходите завтра. Ничего не списано.".into()
        }
        Notice::TooFast => "⏳ Слишком много сразу. Подождите, пожалуйста, минуту.".into(),
        Notice::Cancelled => "Отменено. Ничего не списано.".into(),
        Notice::NothingToCancel => "Отменять нечего. Оплаченный заказ уже в работе и будет готов.".into(),
        Notice::Resent => "📤 Вот оно снова.".into(),
        Notice::ResentSoon => "⏳ Отправляю ещё раз. Видео придёт через несколько секунд.".into(),
        Notice::ResendLater => "⏳ Сейчас отправить не получилось. Попробуйте, пожалуйста, через минуту.".into(),
        Notice::DraftGone => "Этот заказ был начат больше дня назад и забыт. Ничего не списано.".into(),
        Notice::CannotResend => "❌ Это видео нельзя отправить снова. Его можно заказать ещё раз.".into(),
    }
}

pub fn delivered(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "✅ Ваша <b>нейрокарточка</b> готова.".into(),
        Kind::Reels => "✅ Ваш <b>Reels</b> готов.".into(),
    }
}

pub fn resent(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "Ваша <b>нейрокарточка</b>.".into(),
        Kind::Reels => "Ваш <b>Reels</b>.".into(),
    }
}

pub fn example(kind: Kind) -> String {
    format!("Пример: <b>{}</b>.", self::kind(kind))
}

pub fn ended(ending: FailureNotice) -> String {
    let what = match (ending.class, ending.why) {
        (Class::ContentRejected, Some(Why::People)) => "❌ Сервис не принимает фото с людьми. Пришлите фото одного товара.",
        (Class::ContentRejected, Some(Why::ThirdParty)) => {
            "❌ Сервис счёл это слишком похожим на чужой защищённый контент. Попробуйте другое фото."
        }
        (Class::ContentRejected, Some(Why::Words)) => "❌ Сервис не принял текст. Попробуйте сказать другими словами.",
        (Class::ContentRejected, Some(Why::Adult)) => "❌ Сервис принял это за контент для взрослых. Попробуйте другое фото.",
        (Class::ContentRejected, _) => "❌ Сервис не принял это фото или текст. Попробуйте другое фото.",
        (Class::BadPhoto, Some(Why::UnusableFile)) => {
            "❌ Этот файл не подошёл. Пришлите фото или файл (JPEG, PNG, WebP) до 20 МБ."
        }
        (Class::BadPhoto, Some(Why::PhotoSize)) => {
            "❌ Фото слишком маленькое или слишком большое для видео. Пришлите другое: от 300 до 4000 пикселей по каждой стороне."
        }
        (Class::BadPhoto, Some(Why::PhotoShape)) => "❌ Фото слишком вытянутое для видео. Пришлите фото ближе к квадратному.",
        (Class::BadPhoto, _) => "❌ Качество фото слишком низкое. Попробуйте снять при лучшем освещении.",
        (Class::Overloaded, _) => "⏳ Сервис сейчас перегружен. Попробуйте через несколько минут.",
        (Class::BrokenUpstream, _) => "❌ Сбой генерации на нашей стороне. Попробуйте ещё раз.",
        (Class::OurAccount, _) => "❌ Генерация недоступна: технический сбой на нашей стороне. Мы уже знаем о нём.",
        (Class::TookTooLong, _) => "⏳ Генерация заняла слишком много времени. Попробуйте ещё раз.",
        (Class::CouldNotDeliver, _) => {
            "❌ Сбой отправки: видео сделано, но подтвердить, что оно дошло до вас, не удалось. Попробуйте ещё раз."
        }
        (Class::TooLarge, _) => "❌ Видео получилось слишком большим для Telegram. Попробуйте ещё раз.",
        (Class::Unreachable, _) => "❌ Видео ждало вас, но срок вышел: я не мог вам написать.",
    };
    let back = match ending.refunded {
        // A free replay: the first job's charge was refunded before.
        Credits(0) => "Эта попытка бесплатная, кредит не списан.".to_owned(),
        Credits(1) => "Кредит возвращён.".to_owned(),
        refunded => format!("Возвращено: {}.", credits(refunded)),
    };
    format!("{what}\n{back} {}", your_balance(ending.balance))
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
        Style::Broll => "Реклама товара (b-roll)",
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
        Command::Cancel => "Забыть начатый заказ",
    }
    .into()
}

pub fn button_kind(kind: Kind) -> String {
    match kind {
        Kind::Neurocard => "🖼 Нейрокарточка".into(),
        Kind::Reels => "🎬 Reels".into(),
    }
}

pub fn button_confirm(price: Credits) -> String {
    format!("✅ Сделать за {}", credits(price))
}

macro_rules! labels {
    ($($name:ident = $label:literal;)*) => {
        $(pub fn $name() -> String {
            $label.into()
        })*
    };
}

labels! {
    button_cancel = "✖️ Отмена";
    button_discard = "✖️ Забыть его";
    button_resume = "▶️ Продолжить заказ";
    button_start_new = "🆕 Начать новый";
    button_back = "◀️ Назад";
    button_next = "Дальше ▶️";
    button_skip = "Пропустить";
    button_no_wishes = "Без пожеланий";
    button_use_prompt = "✅ Всё верно";
    button_add_prompt = "➕ Добавить";
    button_rewrite_prompt = "✍️ Написать заново";
    button_replace_photo = "Взять новое";
    button_keep_photo = "Оставить старое";
    button_again = "🔁 Ещё раз с этим товаром";
    button_restyle = "🎨 Другой стиль";
    button_retry = "🔁 Попробовать ещё раз";
    button_other_photo = "📷 Другое фото";
    button_reword = "✍️ Другими словами";
    button_resend = "📤 Отправить снова";
    button_menu = "🏠 Меню";
    button_videos = "🎞 Мои видео";
    button_balance = "💳 Баланс";
    button_help = "❔ Как это работает";
    button_support = "💬 Поддержка";
    button_language = "🌐 Язык";
    button_terms = "📄 Условия";
    button_privacy = "🔒 Конфиденциальность";
    button_accept = "✅ Принимаю";
}

//! The notices in Russian: about the last step, and about a failed job.

use super::{credits, plural_of, your_balance};
use crate::{
    classify::{Class, Why},
    conversation::Notice,
    credits::Credits,
    photo::Flaw,
    view::failure_notice::FailureNotice,
};

pub fn notice(notice: Notice) -> String {
    match notice {
        Notice::Welcome(_) => "👋 Добро пожаловать! Сделаем первое видео.".into(),
        Notice::WelcomeBack(balance) => format!("👋 С возвращением! Ваш баланс: {}.", credits(balance)),
        Notice::ConsentFirst => "Сначала нажмите, пожалуйста, «Принимаю, начнём».".into(),
        Notice::SendAPhoto => "Пришлите, пожалуйста, фото.".into(),
        Notice::SendText => "Ответьте, пожалуйста, текстом.".into(),
        Notice::ChooseAButton => "Нажмите, пожалуйста, на одну из кнопок.".into(),
        Notice::NotAnImage => "❌ Этот файл не подходит. Пришлите фото или файл JPEG, PNG, WebP.".into(),
        Notice::Heic => "❌ Формат HEIC не подходит. Отправьте снимок как фото, а не как файл.".into(),
        Notice::Photo(Flaw::TooLarge(mb)) => format!("❌ Файл слишком большой. Пришлите файл до {mb} МБ."),
        Notice::Photo(Flaw::TooManyPixels(megapixels)) => {
            format!("❌ У этого фото слишком большое разрешение. Пришлите фото до {megapixels} мегапикселей.")
        }
        Notice::Photo(Flaw::TooSmall(px)) => {
            format!("❌ Фото слишком маленькое. Пришлите другое: не меньше {px} пикселей по короткой стороне.")
        }
        Notice::Photo(Flaw::TooNarrow) => "❌ Фото слишком вытянутое. Обрежьте его ближе к квадрату или пришлите другое.".into(),
        Notice::Photo(Flaw::TooDark) => {
            "❌ Фото слишком тёмное: на видео ничего не будет видно. Снимите, пожалуйста, при хорошем свете.".into()
        }
        Notice::Photo(Flaw::Plain) => "❌ На фото не видно товара, только ровный фон. Пришлите, пожалуйста, другое.".into(),
        Notice::FirstOfAlbum => "☝️ Хватит одного фото: беру первое.".into(),
        Notice::TextTooLong { max, was } => {
            let unit = plural_of(was, ["символ", "символа", "символов"]);
            format!("❌ Слишком длинно: {was} {unit}, а можно до {max}. Напишите, пожалуйста, короче.")
        }
        Notice::AlreadyOrdered => "☝️ Этот заказ уже принят. Кредиты списаны только один раз.".into(),
        Notice::EditedTooLate => "Вы изменили сообщение, но заказ уже оплачен, и поменять его нельзя. Можно заказать новое видео.".into(),
        Notice::OldButton => "Это кнопка из старого сообщения. Продолжим здесь.".into(),
        Notice::NotEnoughCredits(price) => {
            format!("❌ Не хватает кредитов: цена {}. Ничего не списано.", credits(price))
        }
        Notice::TooManyOpen(max) => {
            format!(
                "⏳ Одновременно делаю для вас не больше {max} видео. Закажите меньше или подождите, пока часть будет готова. Ничего не списано."
            )
        }
        Notice::TooManyToday(max) => {
            format!("⏳ За день делаю для вас не больше {max} видео. Закажите меньше или приходите завтра. Ничего не списано.")
        }
        Notice::TooManyRefunds(max) => format!(
            "⏳ Сегодня несколько видео не получились из-за фото или текста. До завтра беру не больше {max}, считая неудачные и те, что в работе. Закажите \
             меньше, дождитесь готового или приходите завтра. Ничего не списано."
        ),
        Notice::NoVideosLeft => {
            "⏳ Сегодня заказов очень много, столько видео уже не сделаю. Приходите завтра или закажите меньше видео. Ничего не списано.".into()
        }
        Notice::TooFast => "⏳ Слишком много сообщений сразу. Подождите, пожалуйста, минуту.".into(),
        Notice::Cancelled => "Заказ удалён. Ничего не списано.".into(),
        Notice::NothingToCancel => "Удалять нечего: незаконченного заказа нет. Оплаченный заказ отменить нельзя.".into(),
        Notice::Resent => "📤 Вот ваше видео ещё раз.".into(),
        Notice::ResentSoon => "⏳ Отправляю видео ещё раз. Оно придёт через несколько секунд.".into(),
        Notice::ResendLater => "⏳ Сейчас отправить видео не получается. Попробуйте, пожалуйста, через минуту.".into(),
        Notice::FileAsked => "⏳ Вы только что попросили этот файл. Если через минуту его не будет, нажмите ещё раз.".into(),
        Notice::FilmArrived => "☝️ Это видео уже в чате, кредиты за него не списаны.".into(),
        Notice::FileSoon => "📄 Отправляю видео файлом. Придёт через несколько секунд.".into(),
        Notice::TooManyFiles(max) => format!("⏳ За сутки вы попросили файлами уже {max} видео, больше пока не могу. Сохраните видео из чата или приходите за файлом завтра."),
        Notice::FinishedOnce => "☝️ Это видео уже отправляется или пришло: смотрите в разделе «Мои видео». Ничего не списано.".into(),
        Notice::FilmGone => "Этого видео у меня уже нет. Можно заказать новое с этим товаром.".into(),
        Notice::DraftGone => "Незаконченного заказа уже нет: такие заказы я храню сутки. Ничего не списано.".into(),
        Notice::CannotResend => "❌ Отправить это видео снова не получится. Можно заказать новое с этим товаром.".into(),
    }
}

pub fn ended(ending: FailureNotice) -> String {
    let what = match (ending.class, ending.why) {
        (Class::ContentRejected, Some(Why::People)) => {
            "❌ Нейросеть не принимает фото с людьми. Пришлите фото, где только товар."
        }
        (Class::ContentRejected, Some(Why::ThirdParty)) => {
            "❌ Нейросеть увидела на фото чужой бренд или известного персонажа. Попробуйте другое фото."
        }
        (Class::ContentRejected, Some(Why::Words)) => "❌ Нейросеть не приняла ваш текст. Напишите, пожалуйста, по-другому.",
        (Class::ContentRejected, Some(Why::Adult)) => "❌ Нейросеть решила, что это контент 18+. Попробуйте другое фото.",
        (Class::ContentRejected, _) => "❌ Нейросеть не приняла фото или текст. Попробуйте другое фото или другой текст.",
        (Class::BadPhoto, Some(Why::UnusableFile)) => {
            "❌ Этот файл не подошёл. Пришлите фото или файл (JPEG, PNG, WebP) до 20 МБ."
        }
        (Class::BadPhoto, Some(Why::PhotoSize)) => {
            "❌ Фото слишком маленькое или слишком большое для видео. Пришлите другое: от 300 до 4000 пикселей по каждой стороне."
        }
        (Class::BadPhoto, Some(Why::PhotoShape)) => {
            "❌ Фото слишком вытянутое для видео. Обрежьте его ближе к квадрату или пришлите другое."
        }
        (Class::BadPhoto, _) => "❌ Фото слишком плохого качества. Снимите товар, пожалуйста, при хорошем свете.",
        (Class::Overloaded, _) => "⏳ Нейросеть сейчас перегружена. Попробуйте через несколько минут.",
        (Class::BrokenUpstream, _) => "❌ Видео не получилось из-за сбоя на моей стороне. Попробуйте ещё раз.",
        (Class::OurAccount, _) => {
            "❌ Из-за технического сбоя я сейчас не могу делать видео. Разработчики уже знают. Попробуйте, пожалуйста, позже."
        }
        (Class::TookTooLong, _) => "⏳ Видео делалось слишком долго, поэтому заказ остановлен. Попробуйте ещё раз.",
        (Class::CouldNotDeliver, _) => {
            "❌ Сбой отправки: видео готово, но подтвердить доставку не получилось. Попробуйте ещё раз."
        }
        (Class::TooLarge, _) => "❌ Видео получилось слишком большим для Telegram. Попробуйте ещё раз.",
        (Class::Unreachable, _) => {
            "❌ Отправить вам видео долго не получалось, и теперь его уже нет. Заказать новое можно в разделе «Мои видео»."
        }
    };
    let back = match ending.refunded {
        // A free replay: the first job's charge was refunded before.
        Credits(0) => "Эта попытка бесплатная, кредит не списан.".to_owned(),
        Credits(1) => "Кредит возвращён.".to_owned(),
        refunded => format!("Возвращено: {}.", credits(refunded)),
    };
    format!("{what}\n{back} {}", your_balance(ending.balance))
}

//! The buttons that send a delivered film once more, for free.

use super::{
    chat::{Chat, Filed, Page},
    context::Context,
    limits::{FILE_EVERY, FILES_A_DAY_MAX},
    notice::Notice,
    outcome::{AfterCommit, Step, plain, stay},
    videos::Video,
};
use crate::{ids::JobId, job::State};

/// The step for the button that sends a delivered video as a file, for free. The film is uploaded again, so a second tap within
/// [`FILE_EVERY`] sends nothing more.
pub(super) fn as_file(chat: &Chat, update: i64, id: JobId, context: &Context<'_>) -> Step {
    let Some(job) = context.job else { return stay(chat, update, Notice::OldButton) };
    if !matches!(job.state, State::Delivered { .. }) {
        return stay(chat, update, Notice::CannotResend);
    }
    if !job.film_is_kept(context.now, context.rules) {
        return stay(chat, update, Notice::FilmGone);
    }
    if chat.filed.is_some_and(|filed| filed.job == id && context.now < filed.last + FILE_EVERY) {
        return stay(chat, update, Notice::FileAsked);
    }
    let filed = Filed::with_one_more(chat.filed, id, context.now);
    if filed.files > FILES_A_DAY_MAX {
        return stay(chat, update, Notice::TooManyFiles(FILES_A_DAY_MAX));
    }
    let mut step = stay(chat, update, Notice::FileSoon);
    step.after_commit = Some(AfterCommit::File(id));
    step.chat.filed = Some(filed);
    step
}

/// The step for the button that sends a delivered video again, for free.
pub(super) fn resend(chat: &Chat, update: i64, id: JobId, context: &Context<'_>) -> Step {
    let Some(job) = context.job else { return stay(chat, update, Notice::OldButton) };
    let page = chat.place.page(Page::Video(Video::of(job, context.now, context.rules)), context.now);
    match &job.state {
        State::Delivered { file_id: Some(file_id), .. } => Step {
            after_commit: Some(AfterCommit::Resend(id, file_id.clone())),
            ..plain(chat, update, (page, Some(Notice::Resent)))
        },
        _ => plain(chat, update, (page, Some(Notice::CannotResend))),
    }
}

//! The webhook handles Telegram's updates. An update is one step of the conversation, and the reply is a screen. The webhook
//! charges and enqueues a confirmed order.
//!
//! A failure before the commit is answered 503, so that Telegram sends the update again. After a commit the reply is always 200.
//! A body that is no update is answered 200 too: Telegram would repeat it and hold up the later updates.

mod after_commit;
mod file_type;
mod handle_update;
mod incoming_update;
mod operator;
mod returns;

use std::time::Duration;

use adapters::{
    clock::Clock,
    config::Secret,
    queues::Queue,
    rng::Rng,
    table::user_hash,
    telegram::{Call, Telegram, update::Update},
    trace::Trace,
};
use app::{Jobs, Setup, SetupError, body_bytes, reply};
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use domain::{conversation::Settings, credits::Credits};
use tracing::Instrument;

use handle_update::Shown;
pub use incoming_update::IncomingUpdate;
use operator::Operators;

/// Largest request body that is read. Telegram's updates are far smaller.
const BODY_MAX_BYTES: usize = 1024 * 1024;
/// Longest that answering a tap may delay the screen, and that sending a screen to a thread may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// The header in which Telegram repeats the secret token that setWebhook received.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// The handler of Telegram's updates.
#[derive(Debug)]
pub struct Webhook {
    jobs: Jobs,
    telegram: Telegram,
    secret: Secret,
    settings: Settings,
    welcome_credits: Credits,
    operators: Option<Operators>,
    trace: Trace,
    clock: Clock,
    rng: Rng,
}

impl Webhook {
    /// Builds the handler from the function's settings.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let services = setup.services();
        Ok(Self {
            jobs: services.jobs(&[Queue::Generate, Queue::Send])?,
            telegram: services.telegram()?,
            secret: setup.secrets().telegram_webhook_secret()?,
            settings: services.conversation()?,
            welcome_credits: setup.welcome_credits()?,
            operators: Operators::new(&services)?,
            trace: setup.trace(),
            clock: setup.clock.clone(),
            rng: setup.rng.clone(),
        })
    }

    /// Handles one request. The response carries the screen, so no call has to send it, and its delivery is best effort.
    pub async fn handle(&self, request: LambdaFunctionUrlRequest) -> LambdaFunctionUrlResponse {
        let secret = request.headers.get(SECRET_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
        if !self.secret.is(secret) {
            tracing::warn!("a request without the webhook's secret");
            return reply(401, None);
        }
        let Some(body) = body_bytes(&request, BODY_MAX_BYTES) else {
            tracing::warn!("the request's body is missing, too large or not readable; it is ignored");
            return reply(200, None);
        };
        let Ok(update) = Update::parse(&body) else {
            tracing::warn!(bytes = body.len(), "the request's body is not a Telegram update; it is ignored");
            return reply(200, None);
        };
        let Some(update) = IncomingUpdate::read(&update) else {
            // A tap on a message that is gone, or under another chat's message: the answer ends the spinner on its button.
            self.answer_tap(update.callback_query.map(|query| query.id)).await;
            return reply(200, None);
        };
        let span = tracing::error_span!("update", update = update.update_id, user_hash = user_hash(update.user));
        self.answer(&update).instrument(span).await
    }

    async fn answer(&self, update: &IncomingUpdate) -> LambdaFunctionUrlResponse {
        let (_, handled) = tokio::join!(self.answer_tap(update.tap_id.clone()), Box::pin(self.handle_update(update)));
        match handled {
            Ok(Some(shown)) => {
                tracing::info!(outcome = "Answered", "an update is handled");
                self.screen_reply(update, call(update, &shown)).await
            }
            Ok(None) => {
                tracing::info!(outcome = "Silent", "an update is handled");
                reply(200, None)
            }
            Err(error) => {
                tracing::error!(outcome = "Failed", %error, "nothing was committed; Telegram brings the update again");
                reply(503, None)
            }
        }
    }

    /// The response that shows a screen. A screen in a thread is sent by a call of its own, because Telegram does not say whether it takes
    /// a reply: a thread may be gone. If the call fails, the reply shows the screen without the thread.
    async fn screen_reply(&self, update: &IncomingUpdate, call: Call) -> LambdaFunctionUrlResponse {
        if update.thread.is_some() && call.sends() {
            match tokio::time::timeout(ANSWER_TIMEOUT, self.telegram.in_thread(update.thread).call(&call)).await {
                Ok(Ok(_)) => return reply(200, None),
                Ok(Err(error)) => tracing::warn!(%error, "the screen was not sent to its thread; the reply shows it in the chat"),
                Err(_) => tracing::warn!("the screen was not sent to its thread in time; the reply shows it in the chat"),
            }
        }
        reply(200, Some(call.as_webhook_reply().to_string()))
    }

    /// Answers the callback query of a tap, which stops the spinner on the button. Best effort, concurrently with the step.
    async fn answer_tap(&self, tap_id: Option<String>) {
        let Some(id) = tap_id else { return };
        let answered = tokio::time::timeout(ANSWER_TIMEOUT, self.telegram.call(&Call::answer(&id, None))).await;
        if !matches!(answered, Ok(Ok(_))) {
            tracing::debug!("the tap's callback query could not be answered in time");
        }
    }
}

/// The Bot API call that shows a screen: an edit of the tapped message, or a new message.
fn call(update: &IncomingUpdate, shown: &Shown) -> Call {
    match shown.instead_of {
        Some(message) => Call::edit(update.user.0, message, &shown.screen),
        None => Call::screen(update.user.0, &shown.screen),
    }
}

//! The webhook: a Telegram update becomes a step of the conversation and its reply; a confirmed order is charged and enqueued.
//!
//! A failure before anything was committed is answered 5xx, so that Telegram brings the update again; after a commit always
//! 200. A body that is no update is answered 200 as well: a poison update must never block a chat.

mod besides;
mod input;
mod operator;
mod turn;

use std::time::Duration;

use adapters::{
    clock::Clock,
    config::Secret,
    queues::Queue,
    random::Dice,
    table::mark,
    telegram::{Call, Telegram, update::Update},
    trace::Trace,
};
use app::{Chain, Setup, SetupError, body_bytes, reply};
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use domain::{conversation::Settings, credits::Credits};
use tracing::Instrument;

pub use input::{Said, said};
use operator::Operators;
use turn::Shown;

/// Largest update read. Telegram's own are far smaller.
const BODY_MAX_BYTES: usize = 1024 * 1024;
/// Longest the spinner's answer may hold back the screen.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// The header that carries the secret given to setWebhook.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// What it takes to hold a conversation.
#[derive(Debug)]
pub struct Webhook {
    chain: Chain,
    telegram: Telegram,
    secret: Secret,
    settings: Settings,
    welcome_credits: Credits,
    operators: Option<Operators>,
    trace: Trace,
    clock: Clock,
    dice: Dice,
}

impl Webhook {
    /// The webhook as it is configured.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            chain: setup.chain(&[Queue::Generate])?,
            telegram: setup.telegram()?,
            secret: setup.secrets().telegram_webhook_secret()?,
            settings: setup.conversation()?,
            welcome_credits: setup.welcome_credits()?,
            operators: Operators::new(setup)?,
            trace: setup.trace(),
            clock: setup.clock.clone(),
            dice: setup.dice.clone(),
        })
    }

    /// Handles one request. The screen rides in the response: nothing depends on its result.
    pub async fn handle(&self, request: LambdaFunctionUrlRequest) -> LambdaFunctionUrlResponse {
        let secret = request.headers.get(SECRET_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
        if !self.secret.is(secret) {
            tracing::warn!("a request without the webhook's secret");
            return reply(401, None);
        }
        let Some(body) = body_bytes(&request, BODY_MAX_BYTES) else {
            tracing::warn!("a request without a readable body");
            return reply(200, None);
        };
        let Ok(update) = Update::parse(&body) else {
            tracing::warn!(bytes = body.len(), "not an update");
            return reply(200, None);
        };
        let Some(said) = said(&update) else { return reply(200, None) };
        let about = tracing::error_span!("update", update = said.update, person = mark(said.user));
        self.answer(&said).instrument(about).await
    }

    async fn answer(&self, said: &Said) -> LambdaFunctionUrlResponse {
        let (_, turn) = tokio::join!(self.answer_tap(said), self.turn(said));
        match turn {
            Ok(Some(shown)) => {
                tracing::info!(outcome = "Answered", "update");
                reply(200, Some(call(said, &shown).as_webhook_reply().to_string()))
            }
            Ok(None) => {
                tracing::info!(outcome = "Silent", "update");
                reply(200, None)
            }
            Err(error) => {
                tracing::error!(outcome = "Failed", %error, "nothing was committed; Telegram brings the update again");
                reply(503, None)
            }
        }
    }

    /// Stops the spinner on a tapped button, beside the step; best effort.
    async fn answer_tap(&self, said: &Said) {
        let Some(id) = &said.tap_id else { return };
        let answered = tokio::time::timeout(ANSWER_TIMEOUT, self.telegram.call(&Call::answer(id, None))).await;
        if !matches!(answered, Ok(Ok(_))) {
            tracing::debug!("a tap was not answered");
        }
    }
}

/// A screen as a new message, or in the place of an earlier one.
fn call(said: &Said, shown: &Shown) -> Call {
    match shown.instead_of {
        Some(message) => Call::edit(said.user.0, message, &shown.screen),
        None => Call::screen(said.user.0, &shown.screen),
    }
}

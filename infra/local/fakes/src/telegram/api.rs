//! The routes of the Bot API. Each call is recorded and checked; then it is carried out, or fails if a failure is planned.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};

use super::faults::Fate;
use super::films::SentAs;
use super::params::Params;
use super::refusal::Refusal;
use super::settings::is_dropping;
use super::{Call, Telegram, schema, texts};
use crate::{lock, server};

pub fn router(telegram: Telegram) -> Router {
    Router::new().route("/{bot}/{method}", any(method)).route("/file/{bot}/{*path}", get(download)).with_state(telegram)
}

/// Checks the token. A wrong token of the right form gives 401, any other text 404.
fn authorized(telegram: &Telegram, bot: &str) -> Result<(), Refusal> {
    let token = bot.strip_prefix("bot").ok_or_else(|| Refusal::new(404, "Not Found"))?;
    let numbered = token.split_once(':').is_some_and(|(id, _)| id.parse::<i64>().is_ok());
    match (token == telegram.inner.settings.token, numbered) {
        (true, _) => Ok(()),
        (false, true) => Err(Refusal::new(401, "Unauthorized")),
        (false, false) => Err(Refusal::new(404, "Not Found")),
    }
}

async fn method(
    State(telegram): State<Telegram>,
    Path((bot, method)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    if let Err(refused) = authorized(&telegram, &bot) {
        return refused.into_response();
    }
    match Params::read(request).await {
        Ok(params) => telegram.call(&method, params).await,
        Err(refused) => refused.into_response(),
    }
}

async fn download(State(telegram): State<Telegram>, Path((bot, path)): Path<(String, String)>) -> Response {
    let found = authorized(&telegram, &bot).and_then(|()| telegram.linked(&path).ok_or(Refusal::new(404, "Not Found")));
    let (bytes, chat) = match found {
        Ok(found) => found,
        Err(refused) => return refused.into_response(),
    };
    let entry = telegram.begin("file", chat, json!({ "path": path }));
    let kind = [(http::header::CONTENT_TYPE, "application/octet-stream")];
    telegram.end(entry, "file", chat, async { Ok((kind, bytes).into_response()) }).await
}

impl Telegram {
    /// One call of a method, from a request or from an answer of the webhook.
    pub(super) async fn call(&self, method: &str, params: Params) -> Response {
        let chat = self.chat_of(&params);
        let entry = self.begin(method, chat, params.record());
        self.end(entry, method, chat, async {
            schema::check(method, &params)?;
            let result = self.act(method, &params).await?;
            Ok(axum::Json(json!({ "ok": true, "result": result })).into_response())
        })
        .await
    }

    async fn act(&self, method: &str, params: &Params) -> Result<Value, Refusal> {
        match method {
            "sendMessage" => self.send_message(params),
            "sendVideo" => self.send_film(params, SentAs::Video).await,
            "sendAnimation" => self.send_film(params, SentAs::Animation).await,
            "sendDocument" => self.send_film(params, SentAs::Document).await,
            "sendChatAction" => self.send_chat_action(params),
            "editMessageText" => self.edit_text(params),
            "editMessageCaption" => self.edit_caption(params),
            "editMessageReplyMarkup" => self.edit_markup(params),
            "answerCallbackQuery" => self.answer_callback(params),
            "getFile" => self.get_file(params),
            "getMe" => Ok(self.me()),
            "setMyCommands" => self.set_my_commands(params),
            "getMyCommands" => self.get_my_commands(params),
            "deleteMyCommands" => self.delete_my_commands(params),
            "setMyName" => self.set_my_text(params, texts::NAME),
            "getMyName" => self.get_my_text(params, texts::NAME),
            "setMyDescription" => self.set_my_text(params, texts::DESCRIPTION),
            "getMyDescription" => self.get_my_text(params, texts::DESCRIPTION),
            "setMyShortDescription" => self.set_my_text(params, texts::SHORT_DESCRIPTION),
            "getMyShortDescription" => self.get_my_text(params, texts::SHORT_DESCRIPTION),
            "setChatMenuButton" => self.set_chat_menu_button(params),
            "getChatMenuButton" => self.get_chat_menu_button(params),
            "setWebhook" => self.set_webhook_by_call(params),
            "getWebhookInfo" => Ok(self.webhook_info()),
            "deleteWebhook" => {
                let mut state = lock(&self.inner.state);
                state.webhook.url.clear();
                state.updates.unconfirmed.end(is_dropping(params));
                Ok(json!(true))
            }
            "getUpdates" => self.get_updates(params).await,
            _ => Err(Refusal::new(404, "Not Found")),
        }
    }

    /// The chat that a call is about: the call's `chat_id`, or the chat of its tap or file.
    fn chat_of(&self, params: &Params) -> Option<i64> {
        let state = lock(&self.inner.state);
        let query = params.text("callback_query_id").and_then(|id| state.queries.get(id));
        let file = params.text("file_id").and_then(|id| state.files.get(id));
        params.int("chat_id").or(query.map(|query| query.chat)).or(file.and_then(|file| file.chat))
    }

    /// Records a call before it is carried out.
    fn begin(&self, method: &str, chat: Option<i64>, params: Value) -> usize {
        let at_ms = self.inner.clock.now_ms();
        let mut state = lock(&self.inner.state);
        state.calls.push(Call { at_ms, method: method.into(), chat, params, status: 0, description: String::new() });
        state.calls.len() - 1
    }

    /// Carries out the call, or applies the planned failure.
    async fn end(
        &self,
        entry: usize,
        method: &str,
        chat: Option<i64>,
        doing: impl Future<Output = Result<Response, Refusal>>,
    ) -> Response {
        match self.fate(method, chat) {
            Fate::Do => {}
            Fate::Refuse(refused) => return self.note(entry, Err(refused)),
            Fate::Hang => return std::future::pending().await,
            Fate::DoAndDrop => {
                drop(doing.await);
                return server::dropped_connection();
            }
            Fate::DoAndHang => {
                drop(doing.await);
                return std::future::pending().await;
            }
        }
        let done = doing.await;
        self.note(entry, done)
    }

    fn note(&self, entry: usize, done: Result<Response, Refusal>) -> Response {
        if let Some(call) = lock(&self.inner.state).calls.get_mut(entry) {
            call.status = done.as_ref().map_or_else(|refused| refused.code, |answer| answer.status().as_u16());
            call.description = done.as_ref().err().map(|refused| refused.description.clone()).unwrap_or_default();
        }
        done.unwrap_or_else(IntoResponse::into_response)
    }
}

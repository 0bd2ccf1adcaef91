//! Opens the bot of this machine, with the services that are real and the fakes of the others.

use std::{path::Path, sync::Arc};

use domain::{credits::Entry, ids::UserId};
use fakes::{
    film::Detail,
    kie::{Kie, Outcome},
};
use sandbox::{Chance, Opening, Outside, Sandbox, user_of_task};

use crate::{
    calls::Calls,
    disk::Disk,
    keys::{self, OPERATOR_KEY},
    operator,
    people::Chats,
    settings::Settings,
};

/// What every request of the page uses.
pub(crate) struct App {
    /// The bot.
    pub sandbox: Sandbox,
    /// The fake KIE; `None` if KIE is real.
    pub kie: Option<Kie>,
    /// The chats in the fake Telegram; `None` if Telegram is real.
    pub chats: Option<Chats>,
    /// The latest calls.
    pub calls: Arc<Calls>,
    /// The authorities that the page answers to: no other web page may read it by a name of this machine.
    pub hosts: [String; 2],
}

/// Opens the bot in this folder.
///
/// # Errors
/// A service, a fake or a function did not start, or the folder cannot be used; the text says which one.
pub(crate) async fn in_folder(settings: &Settings, port: u16, folder: &Path) -> Result<App, String> {
    let kept = keys::kept(folder)?;
    let is_real = !settings.is_all_fake();
    let mut opening = Opening {
        folder: Some(folder),
        telegram: settings.telegram,
        kie: settings.kie,
        // The fake KIE is in this process, and reaches everything in it.
        has_callbacks: settings.kie == Outside::Fake || settings.public.is_some(),
        callback_base: settings.public.as_ref().filter(|_| settings.kie == Outside::Real).map(|(url, _)| url.clone()),
        has_public_media: settings.public.is_some() || !is_real,
        media_url: settings.public.as_ref().map(|(url, _)| url.clone()),
        ..Opening::new(Chance::real(), settings.times.clone(), Detail::Smooth)
    };
    if is_real {
        // Neither the tests' secrets nor their pages.
        opening.more_settings.clear();
    }
    opening = opening.with_settings(keys::of_functions(settings, &kept)).with_settings(settings.functions.clone());
    let disk = Disk::of(folder.to_owned(), settings.functions.get("DISK_FREE_MIN_MB").map(String::as_str))?;
    let app = App::over(Sandbox::open(opening).await?, port);
    app.sandbox.net.intercept(Arc::new(disk));
    operator::listen(&app.sandbox, folder, kept.get(OPERATOR_KEY).map_or("", String::as_str)).await?;
    Ok(app)
}

/// The line of the banner for a real KIE: the credits of its account.
///
/// # Errors
/// KIE refuses the key or cannot be reached.
pub(crate) async fn kie_line(sandbox: &Sandbox) -> Result<String, String> {
    let kie = sandbox.setup().services().kie().map_err(|error| error.to_string())?;
    let credits = kie.credits().await.map_err(|error| {
        format!("KIE does not answer to this key: {error}. Check KIE_API_KEY, the network, and KIE_API_URL if it is set")
    })?;
    Ok(format!("real, {credits} credits left in its account"))
}

impl App {
    /// The page over a bot.
    pub(crate) fn over(sandbox: Sandbox, port: u16) -> Self {
        let calls = Arc::new(Calls::default());
        sandbox.net.intercept(calls.clone());
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        Self { kie: sandbox.kie.clone(), chats: sandbox.telegram.clone().map(Chats::of), sandbox, calls, hosts }
    }

    /// A person's ledger, oldest first.
    pub(crate) async fn ledger(&self, user: UserId) -> Vec<Entry> {
        let mut entries = self.sandbox.table.ledger(user).await.unwrap_or_default();
        // Entries of the same instant: credits before debits, so that the running balance stays above zero.
        entries.sort_by_key(|entry| (entry.at, std::cmp::Reverse(entry.amount)));
        entries
    }

    /// Sets the outcomes of the fake KIE's next tasks for a person's jobs: one each, then successes.
    pub(crate) fn script_kie(&self, user: UserId, outcomes: Vec<Outcome>) {
        let callbacks = self.sandbox.callbacks().clone();
        if let Some(kie) = &self.kie {
            kie.script_if(move |body| user_of_task(&callbacks, body) == Some(user), outcomes);
        }
    }
}

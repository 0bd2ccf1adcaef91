//! Opens the bot of this machine, with the services that are real and the fakes of the others.

use std::{path::Path, sync::Arc};

use fakes::{film::Detail, kie::Kie};
use sandbox::{Chance, Opening, Outside, Sandbox};

use crate::{
    calls::{Calls, mask::Mask},
    disk::Disk,
    history::History,
    keys::{self, OPERATOR_KEY},
    operator,
    page::SharedPart,
    people::Chats,
    settings::Settings,
    skip::Skips,
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
    /// What the calls said about jobs and accounts.
    pub history: Arc<History>,
    /// Hides the secrets in what the page shows.
    pub mask: Mask,
    /// The time that was skipped.
    pub skips: Skips,
    /// The part of the page that is the same for everybody.
    pub lanes: SharedPart,
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
    let skips = Skips::open(Some(folder))?;
    let chance = Chance::starting_at(jiff::Timestamp::now() + skips.ahead().by);
    let mut opening = Opening {
        folder: Some(folder),
        telegram: settings.telegram,
        kie: settings.kie,
        // The fake KIE is in this process, and reaches everything in it.
        has_callbacks: settings.kie == Outside::Fake || settings.public.is_some(),
        callback_base: settings.public.as_ref().filter(|_| settings.kie == Outside::Real).map(|(url, _)| url.clone()),
        has_public_media: settings.public.is_some() || !is_real,
        media_url: settings.public.as_ref().map(|(url, _)| url.clone()),
        ..Opening::new(chance, settings.times.clone(), Detail::Smooth)
    };
    if is_real {
        // Neither the tests' secrets nor their pages.
        opening.more_settings.clear();
    }
    opening = opening.with_settings(keys::of_functions(settings, &kept)).with_settings(settings.functions.clone());
    let disk = Disk::of(folder.to_owned(), settings.functions.get("DISK_FREE_MIN_MB").map(String::as_str))?;
    let app = App::of(Sandbox::open(opening).await?, skips, port);
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
    pub(crate) fn of(sandbox: Sandbox, skips: Skips, port: u16) -> Self {
        let calls = Arc::new(Calls::new(sandbox.clock(), sandbox.callbacks().clone()));
        let history = Arc::new(History::new(sandbox.clock()));
        sandbox.net.intercept(calls.clone());
        sandbox.net.intercept(history.clone());
        let (chats, kie) = (sandbox.telegram.clone().map(Chats::of), sandbox.kie.clone());
        if chats.is_none() {
            history.read_accounts(&sandbox);
        }
        let mask = Mask::new(sandbox.secrets());
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        Self { sandbox, kie, chats, calls, history, mask, skips, lanes: SharedPart::default(), hosts }
    }
}

//! Handles the commands that an operator (`ADMIN_IDS`) writes in the chat. A command takes no step of the conversation, and
//! writes nothing but a grant. A repeated update repeats its command; the grant's idempotency key makes the grant happen once.

use adapters::{
    kie::Kie,
    queues::Queue,
    table::{TableError, user_hash},
};
use app::{HandlerError, Services, SetupError};
use domain::{
    operator::{Grant, OperatorCommand},
    view::{
        Keyboard, Screen,
        operator::{given, no_account, overview},
    },
};

use crate::{IncomingUpdate, Webhook, handle_update::Shown};

/// The operators' Telegram ids, and the client that only their commands use.
#[derive(Debug)]
pub(crate) struct Operators {
    ids: Vec<i64>,
    kie: Kie,
}

impl Operators {
    /// Reads the operators; `None` if `ADMIN_IDS` is empty, and then the operators' other settings are not read.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub(crate) fn new(services: &Services) -> Result<Option<Self>, SetupError> {
        let ids = services.setup().operators()?;
        if ids.is_empty() { Ok(None) } else { Ok(Some(Self { ids, kie: services.kie()? })) }
    }
}

impl Webhook {
    /// Runs an operator's command and gives its answer; `None` if the text is no command, or the user is no operator.
    ///
    /// # Errors
    /// The grant was not written, or its reply was lost. Telegram sends the update again, and the grant is written once.
    pub(crate) async fn handle_operator_command(&self, update: &IncomingUpdate) -> Result<Option<Shown>, HandlerError> {
        let operators = self.operators.as_ref().filter(|operators| operators.ids.contains(&update.user.0));
        let (Some(operators), Some(command)) = (operators, &update.command) else { return Ok(None) };
        let text = match command {
            OperatorCommand::Overview => {
                let (today, arrivals, depth, credits) = tokio::join!(
                    self.jobs.table.day(self.clock.now()),
                    self.jobs.table.arrivals(self.clock.now()),
                    self.jobs.queues.depth(Queue::Generate),
                    operators.kie.credits()
                );
                let today = today.inspect_err(log_unknown).ok();
                let arrivals = arrivals.inspect_err(log_unknown).ok();
                overview(today, arrivals.as_deref(), depth.inspect_err(log_unknown).ok(), credits.inspect_err(log_unknown).ok())
            }
            OperatorCommand::Grant(Ok(grant)) => self.grant(update, grant).await?,
            OperatorCommand::Grant(Err(refusal)) => refusal.text(),
        };
        Ok(Some(Shown { screen: Screen { text, keyboard: Keyboard::default() }, instead_of: None }))
    }

    async fn grant(&self, update: &IncomingUpdate, grant: &Grant) -> Result<String, HandlerError> {
        let Grant { person, credits, .. } = grant;
        match self.jobs.table.give(&grant.entry(update.user, update.update_id, self.clock.now())).await {
            Ok(()) => tracing::info!(to = user_hash(*person), credits = credits.0, "an operator gave credits"),
            // An earlier delivery of this update has written the grant.
            Err(TableError::Stale) => {}
            Err(TableError::NoAccount) => return Ok(no_account(grant)),
            Err(error) => return Err(error.into()),
        }
        // The grant is committed, so a balance that cannot be read must not hold its answer back.
        Ok(given(grant, self.balance(*person).await))
    }
}

fn log_unknown(error: &impl std::fmt::Display) {
    tracing::warn!(%error, "a value of the operator's overview could not be read; the overview omits it");
}

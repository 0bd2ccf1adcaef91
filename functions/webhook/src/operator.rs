//! What an operator asks for in the chat (`ADMIN_IDS`). Outside the conversation: no step, and nothing is written but the grant, so
//! that an update that comes again is simply done again; a grant is once by its key.

use adapters::{
    kie::Kie,
    queues::Queue,
    table::{TableError, mark},
};
use app::{Setup, SetupError, Trouble};
use domain::{
    ids::UserId,
    operator::{Command, Grant, overview},
    screen::{Keyboard, Screen},
};

use crate::{Said, Webhook, turn::Shown};

/// Who the operators are, and what only they are told.
#[derive(Debug)]
pub(crate) struct Operators {
    ids: Vec<i64>,
    kie: Kie,
}

impl Operators {
    /// `None` if nobody is one: then nothing of theirs is needed.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub(crate) fn new(setup: &Setup) -> Result<Option<Self>, SetupError> {
        let ids = setup.operators()?;
        if ids.is_empty() { Ok(None) } else { Ok(Some(Self { ids, kie: setup.kie()? })) }
    }
}

impl Webhook {
    /// The answer to an operator's command; `None` if there is none, or the person is no operator.
    ///
    /// # Errors
    /// Nothing was given, or nobody knows: the update comes again.
    pub(crate) async fn operate(&self, said: &Said) -> Result<Option<Shown>, Trouble> {
        let operators = self.operators.as_ref().filter(|operators| operators.ids.contains(&said.user.0));
        let (Some(operators), Some(command)) = (operators, &said.command) else { return Ok(None) };
        let text = match command {
            Command::Overview => {
                let (today, depth, credits) = tokio::join!(
                    self.chain.table.day(self.clock.now()),
                    self.chain.queues.depth(Queue::Generate),
                    operators.kie.credits()
                );
                let today = today.inspect_err(not_known).ok();
                overview(today, depth.inspect_err(not_known).ok(), credits.inspect_err(not_known).ok())
            }
            Command::Grant(Ok(grant)) => self.grant(said, grant).await?,
            Command::Grant(Err(why)) => why.clone(),
        };
        Ok(Some(Shown { screen: Screen { text, keyboard: Keyboard::default() }, instead_of: None }))
    }

    async fn grant(&self, said: &Said, grant: &Grant) -> Result<String, Trouble> {
        let Grant { person, credits, .. } = grant;
        match self.chain.table.give(&grant.entry(said.user, said.update, self.clock.now())).await {
            Ok(()) => tracing::info!(to = mark(*person), credits = credits.0, "an operator gave credits"),
            // It was given when the update came the first time.
            Err(TableError::Stale) => {}
            Err(TableError::NoAccount) => return Ok(grant.nobody()),
            Err(error) => return Err(error.into()),
        }
        Ok(self.balance(*person).await?.map_or_else(|| grant.nobody(), |balance| grant.given(balance)))
    }

    async fn balance(&self, person: UserId) -> Result<Option<domain::credits::Credits>, TableError> {
        let found = self.chain.table.person(person, None, self.clock.now()).await?;
        Ok(found.profile.map(|profile| profile.balance))
    }
}

fn not_known(error: &impl std::fmt::Display) {
    tracing::warn!(%error, "not known for an operator");
}

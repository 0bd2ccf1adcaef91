//! What is asked about the deployed stack, and done to it: by the script `infra/test/localstack/stack`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    localstack::LocalStack,
    parameters::SECRETS_PARAMETER,
    script::script_fed,
    stack::STACK,
    test_environment::{Backend, TestEnvironment},
};

/// What is there of a stack: physical ids by type, as the services themselves list them.
pub type Listed = BTreeMap<String, BTreeSet<String>>;

/// What a stack is made of, and what watches it.
#[derive(Clone, Debug, Deserialize)]
pub struct StackState {
    /// Type and physical id of each resource, by logical id, as CloudFormation lists them.
    pub resources: BTreeMap<String, (String, String)>,
    /// What is there.
    pub there: Listed,
    /// How much of alarms and dashboard was compared.
    pub seen: String,
    /// What of it is not as the template says.
    pub wrong: Vec<String>,
}

/// How a stack, or what was there of it, went.
#[derive(Clone, Debug, Deserialize)]
pub struct Removed {
    /// What the command printed for the operator.
    #[serde(default)]
    pub said: String,
    /// What is still there.
    pub left: Listed,
}

impl LocalStack {
    /// Deploys the same stack once more with other parameters. People, KIE and the proxy are those of `env`.
    ///
    /// # Errors
    /// The stack did not come up.
    pub async fn redeploy(&self, env: &TestEnvironment, changed: &[(&str, &str)]) -> Result<TestEnvironment, String> {
        let Backend::LocalStack(former) = &env.backend else { return Err("the environment does not run on LocalStack".into()) };
        let changed = changed.iter().map(|(name, value)| format!("{name}={value}"));
        let parameters = former.parameters.iter().cloned().chain(changed).collect();
        let stack = self.deploy_stack(parameters, former.proxy.clone(), &[("SAME_CODE", "1")]).await?;
        self.open(stack, (env.telegram.clone(), env.kie.clone(), env.llm.clone()), env.times.clone()).await
    }

    /// What is there of the stack, and what watches it.
    ///
    /// # Errors
    /// LocalStack could not be asked.
    pub async fn inspect(&self) -> Result<StackState, String> {
        self.stack(&["inspect", STACK], "").await
    }

    /// Destroys the stack by the operator's own command, which wants its name typed. `table`: keep or delete.
    ///
    /// # Errors
    /// It did not.
    pub async fn destroy(&self, table: &str) -> Result<Removed, String> {
        self.stack(&["destroy", STACK, table], &format!("{STACK}\n")).await
    }

    /// Removes all that is there of the stack, and what this machine put there for it.
    ///
    /// # Errors
    /// It could not be removed.
    pub async fn clean(&self) -> Result<Removed, String> {
        self.stack(&["clean", STACK, SECRETS_PARAMETER], "").await
    }

    async fn stack<T: DeserializeOwned>(&self, arguments: &[&str], typed: &str) -> Result<T, String> {
        let printed = script_fed(&self.scripts, "stack", arguments, &[("AWS_ENDPOINT_URL", &self.endpoint)], typed).await?;
        serde_json::from_str(&printed).map_err(|error| format!("stack {arguments:?}: {error}: {printed}"))
    }
}

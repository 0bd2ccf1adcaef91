//! Inspects, redeploys and destroys the deployed stack by the script `infra/test/localstack/stack`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    localstack::LocalStack,
    parameters::SECRETS_PARAMETER,
    script::script_fed,
    stack::STACK,
    test_environment::{Backend, TestEnvironment},
};

/// The existing resources of a stack: physical ids by type, as each AWS service lists them.
pub type Listed = BTreeMap<String, BTreeSet<String>>;

/// The resources of a stack, and the result of comparing its alarms and dashboard with the template.
#[derive(Clone, Debug, Deserialize)]
pub struct StackState {
    /// Type and physical id of each resource, by logical id, as CloudFormation lists them.
    pub resources: BTreeMap<String, (String, String)>,
    /// The resources that the AWS services list.
    pub there: Listed,
    /// A text that counts the compared alarms and dashboard widgets.
    pub seen: String,
    /// The differences between the stack and the template.
    pub wrong: Vec<String>,
}

/// The result of removing a stack.
#[derive(Clone, Debug, Deserialize)]
pub struct Removed {
    /// The text that the command printed for the operator.
    #[serde(default)]
    pub said: String,
    /// The resources that still exist.
    pub left: Listed,
}

impl LocalStack {
    /// Deploys the same stack again with changed lines of its settings, each a parameter and its value; `None` removes the line,
    /// as an operator removes it from `infra/samconfig.toml`. The new environment uses the fakes and the proxy of `env`.
    ///
    /// # Errors
    /// `env` does not run on LocalStack, or the stack was not deployed.
    pub async fn redeploy(&self, env: &TestEnvironment, changed: &[(&str, Option<&str>)]) -> Result<TestEnvironment, String> {
        let Backend::LocalStack(former) = &env.backend else { return Err("the environment does not run on LocalStack".into()) };
        let names =
            |line: &str| changed.iter().any(|(name, _)| line.split_once('=').is_some_and(|(of_line, _)| of_line == *name));
        let unchanged = former.parameters.iter().filter(|line| !names(line)).cloned();
        let set = changed.iter().filter_map(|(name, value)| value.map(|value| format!("{name}={value}")));
        let parameters = unchanged.chain(set).collect();
        let stack = self.deploy_stack(parameters, former.proxy.clone(), &[("SAME_CODE", "1")]).await?;
        self.open(stack, (env.telegram.clone(), env.kie.clone(), env.llm.clone()), env.times.clone()).await
    }

    /// Lists the stack's resources and compares its alarms and dashboard with the template.
    ///
    /// # Errors
    /// The script failed, or its output is not JSON.
    pub async fn inspect(&self) -> Result<StackState, String> {
        self.stack(&["inspect", STACK], "").await
    }

    /// Destroys the stack by the operator's command, which asks for the stack's name. `table` is `keep` or `delete`.
    ///
    /// # Errors
    /// The command failed, or its output is not JSON.
    pub async fn destroy(&self, table: &str) -> Result<Removed, String> {
        self.stack(&["destroy", STACK, table], &format!("{STACK}\n")).await
    }

    /// Removes the stack's resources, and the secrets parameter that the tests created for it.
    ///
    /// # Errors
    /// The script failed, or its output is not JSON.
    pub async fn clean(&self) -> Result<Removed, String> {
        self.stack(&["clean", STACK, SECRETS_PARAMETER], "").await
    }

    async fn stack<T: DeserializeOwned>(&self, arguments: &[&str], typed: &str) -> Result<T, String> {
        let printed = script_fed(&self.scripts, "stack", arguments, &[("AWS_ENDPOINT_URL", &self.endpoint)], typed).await?;
        serde_json::from_str(&printed)
            .map_err(|error| format!("the output of the script `stack` with {arguments:?} is not JSON: {error}: {printed}"))
    }
}

//! Direct access to a sandbox: raw requests, changed settings, all items of the table.

use std::{collections::BTreeMap, sync::Arc};

use adapters::{config::Env, rng::Rng};
use app::{Setup, SetupError};
use bytes::Bytes;
use futures_util::FutureExt;
use local_aws::net::{Request, Response};
use serde_json::{Value, json};

use crate::{
    lambda::{Function, FunctionUrl},
    names::TABLE,
    network::as_a_network,
    sandbox::Sandbox,
    times::Times,
};

impl Sandbox {
    /// Sends one request over the sandbox's wire.
    ///
    /// # Errors
    /// The request got no answer.
    pub async fn request(&self, request: Request) -> Result<Response, String> {
        self.net.send(request).await.map_err(|error| error.to_string())
    }

    /// Creates a [`Setup`] for functions of this sandbox, with some settings changed (`Some`) or removed (`None`).
    ///
    /// # Errors
    /// A setting that every function needs is missing or malformed.
    pub async fn setup_with(&self, changes: &[(&str, Option<&str>)]) -> Result<Setup, SetupError> {
        let mut env = self.settings.clone();
        for (name, value) in changes {
            match value {
                Some(value) => env.insert((*name).to_owned(), (*value).to_owned()),
                None => env.remove(*name),
            };
        }
        Setup::new(Env::from_map(env), as_a_network(self.net.clone()), self.clock.clone(), Rng::system()).await
    }

    /// Replaces the sandbox's webhook by one with changed settings ([`Self::setup_with`]). Works only with
    /// [`Carrier::InProcess`](crate::Carrier::InProcess).
    ///
    /// # Errors
    /// The webhook refused its settings. The former webhook stays in place.
    pub async fn change_webhook(&self, changes: &[(&str, Option<&str>)]) -> Result<(), SetupError> {
        let webhook = Arc::new(webhook::Webhook::new(&self.setup_with(changes).await?)?);
        let handler = Arc::new(move |request| {
            let webhook = webhook.clone();
            async move { webhook.handle(request).await }.boxed()
        });
        let function = Function::new("webhook", Times::production().function_timeout);
        self.net.mount("webhook.local", FunctionUrl { function, handler });
        Ok(())
    }

    /// The names of this environment's settings.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.settings.keys().map(String::as_str)
    }

    /// Returns every item of the table, by its key.
    #[must_use]
    pub fn everything(&self) -> BTreeMap<String, Value> {
        let mut items = BTreeMap::new();
        let mut from = Value::Null;
        loop {
            let mut scan = json!({ "TableName": TABLE, "ConsistentRead": true });
            if let (Some(scan), false) = (scan.as_object_mut(), from.is_null()) {
                scan.insert("ExclusiveStartKey".to_owned(), from);
            }
            let mut request = http::Request::new(Bytes::from(scan.to_string()));
            request.headers_mut().insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.Scan"));
            let mut page: Value = serde_json::from_slice(self.dynamodb.handle(&request).body()).unwrap_or_default();
            let found = page.get_mut("Items").and_then(Value::as_array_mut).map(std::mem::take);
            items.extend(found.into_iter().flatten().map(|item| (key_of(&item), item)));
            match page.get_mut("LastEvaluatedKey").map(Value::take) {
                Some(next) if !next.is_null() => from = next,
                _ => return items,
            }
        }
    }
}

fn key_of(item: &Value) -> String {
    let text = |name: &str| item.get(name).and_then(|value| value.get("S")).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", text("pk"), text("sk"))
}

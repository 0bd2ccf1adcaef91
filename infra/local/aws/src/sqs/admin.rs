//! Operations on whole queues: create, find, describe, change, purge.

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::error::SqsError;
use super::queue::Queue;
use super::settings::{Attributes, Settings};
use super::{ACCOUNT, ARN_PREFIX, Reply, Sqs, queue_name};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NamedQueue {
    queue_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    #[serde(default)]
    queue_name_prefix: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetAttributes {
    queue_url: String,
    attributes: Attributes,
}

impl Sqs {
    pub(super) fn create_queue(&self, host: &str, request: CreateQueue) -> Reply {
        let name = request.queue_name;
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if name.is_empty() || name.len() > 80 || !plain {
            let rule = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
            return Err(SqsError::invalid_parameter(rule));
        }
        let url = queue_url(host, &name);
        let settings = Settings::default().with(&request.attributes)?;
        match self.state().queues.entry(name) {
            std::collections::btree_map::Entry::Occupied(existing) if existing.get().settings != settings => {
                return Err(SqsError::queue_name_exists());
            }
            entry => drop(entry.or_insert_with(|| Queue::new(settings))),
        }
        Ok(json!({"QueueUrl": url}))
    }

    pub(super) fn delete_queue(&self, request: &OneQueue) -> Reply {
        let removed = self.state().queues.remove(queue_name(&request.queue_url));
        removed.map(|_| Value::Null).ok_or_else(SqsError::queue_does_not_exist)
    }

    pub(super) fn get_queue_url(&self, host: &str, request: &NamedQueue) -> Reply {
        self.state().queue(&request.queue_name)?;
        Ok(json!({"QueueUrl": queue_url(host, &request.queue_name)}))
    }

    pub(super) fn list_queues(&self, host: &str, request: ListQueues) -> Reply {
        let state = self.state();
        let named = state.queues.keys().filter(|name| name.starts_with(&request.queue_name_prefix));
        let urls: Vec<String> = named.map(|name| queue_url(host, name)).collect();
        Ok(json!({"QueueUrls": urls}))
    }

    pub(super) fn get_queue_attributes(&self, request: &GetAttributes) -> Reply {
        let now = Instant::now();
        let mut state = self.state();
        let queue = state.queue(&request.queue_url)?;
        queue.expire(now);
        let depth = queue.depth(now);
        let mut attributes = queue.settings.to_attributes();
        let mut add = |name: &str, value: String| attributes.insert(name.to_owned(), value);
        add("QueueArn", format!("{ARN_PREFIX}{}", queue_name(&request.queue_url)));
        add("ApproximateNumberOfMessages", depth.visible.to_string());
        add("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string());
        add("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string());
        attributes.retain(|name, _| request.attribute_names.iter().any(|wanted| wanted == "All" || wanted == name));
        Ok(json!({"Attributes": attributes}))
    }

    pub(super) fn set_queue_attributes(&self, request: &SetAttributes) -> Reply {
        let mut state = self.state();
        let queue = state.queue(&request.queue_url)?;
        queue.settings = queue.settings.clone().with(&request.attributes)?;
        Ok(Value::Null)
    }

    pub(super) fn purge_queue(&self, request: &OneQueue) -> Reply {
        self.state().queue(&request.queue_url)?.messages.clear();
        Ok(Value::Null)
    }
}

fn queue_url(host: &str, name: &str) -> String {
    format!("http://{host}/{ACCOUNT}/{name}")
}

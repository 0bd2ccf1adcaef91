//! A call on the wire: caller, service and operation.

use std::fmt;

use local_aws::{errors::Service as Aws, net::CallInfo};
use serde_json::Value;
use testkit::requests::{Service, is_by_address, object_operation, outside_operation, path};

/// The caller's name when Lambda's own poller of a queue calls.
pub const POLLER: &str = "mapping";
/// The caller's name when a service outside follows a signed address into the bucket: KIE for the photo, Telegram for the video.
pub const BY_ADDRESS: &str = "by address";

/// A caller, the service that it calls, and the operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The function; or [`POLLER`], or [`BY_ADDRESS`].
    pub caller: &'static str,
    /// Whose service it is.
    pub service: Service,
    /// What for.
    pub operation: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10} {:<8} {}", self.caller, self.service.name(), self.operation)
    }
}

impl Call {
    /// The call; `None` for requests to our own functions, which are invocations, and for reads from outside the system.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        let service = Service::of(call).filter(|service| !matches!(service, Service::Webhook | Service::Callback))?;
        let asked = || call.operation.clone().unwrap_or_default();
        let operation = match service {
            Service::Aws(Aws::DynamoDb) if reads_index(call) => "Query due".to_owned(),
            Service::Aws(Aws::S3) => object_operation(call.method.as_str(), path(call)),
            Service::Aws(_) => asked(),
            _ => outside_operation(path(call)),
        };
        let caller = if is_by_address(call) { BY_ADDRESS } else { call.caller };
        (!caller.is_empty()).then_some(Self { caller, service, operation })
    }

    /// Whether what is sent leaves AWS.
    #[must_use]
    pub fn leaves_aws(&self) -> bool {
        matches!(self.service, Service::Telegram | Service::Kie | Service::Writer)
    }
}

/// A Query of the index of open jobs.
fn reads_index(call: &CallInfo) -> bool {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    call.operation.as_deref() == Some("Query") && body.get("IndexName").is_some()
}

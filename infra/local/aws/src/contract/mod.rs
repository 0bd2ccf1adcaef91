//! The promises of SQS and S3 that our code relies on, as checks that run against any endpoint.
//!
//! The services of this crate keep all of the promises. LocalStack 2026.3.0 keeps 31 (4 s of real time); the check of the trace
//! header has not run there yet. `tests/` has the checks that LocalStack would fail: LocalStack accepts a delay over 15 minutes
//! and does not check presigned signatures. The checks wait 1 to 2 seconds where time matters and compare bodies as JSON.

mod objects;
mod queue;
mod queue_limits;
mod queue_messages;

use std::fmt::Display;
use std::sync::Arc;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use futures_util::future::{BoxFuture, join, join_all};

use crate::net::{Request, Response};

/// Makes one HTTP call without the SDK, like a program that has a presigned URL.
pub type Fetch = Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Response, String>> + Send + Sync>;

/// The services that the checks run against.
#[derive(Clone)]
pub struct Target {
    /// A client of the queues under test.
    pub sqs: aws_sdk_sqs::Client,
    /// A client of the media store under test, path-style.
    pub s3: aws_sdk_s3::Client,
    /// Fetches a presigned URL.
    pub fetch: Fetch,
    /// The prefix of every queue and bucket name: lower-case letters, digits and hyphens. Use a new one for each run against a
    /// server that keeps its data.
    pub prefix: String,
}

/// A promise as a sentence, and the result of its check. `Err` has the behaviour that was observed instead.
pub type Outcome = (String, Result<(), String>);

type Check = Result<(), String>;

macro_rules! checks {
    ($target:expr; $($module:ident :: { $($name:ident),* $(,)? }),* $(,)?) => {
        vec![$($((stringify!($name), Box::pin($module::$name($target)) as BoxFuture<'_, Check>)),*),*]
    };
}

/// Runs every check of [`sqs`] and [`s3`].
pub async fn all(target: &Target) -> Vec<Outcome> {
    let (mut queues, objects) = join(sqs(target), s3(target)).await;
    queues.extend(objects);
    queues
}

/// Runs the checks of the queues concurrently, each on its own queue. They take a few seconds of real time.
pub async fn sqs(target: &Target) -> Vec<Outcome> {
    run(checks![target;
        queue_messages::{
            a_message_comes_back_as_it_was_sent,
            a_trace_header_travels_with_its_message,
            a_received_message_is_hidden_until_its_visibility_timeout_is_over,
            a_delayed_message_comes_after_its_delay,
            a_long_poll_returns_when_a_message_comes,
            an_empty_long_poll_returns_after_its_wait,
            a_deleted_message_does_not_come_back,
            deleting_twice_succeeds,
            a_visibility_of_zero_gives_a_message_back_at_once,
            a_longer_visibility_keeps_a_message_hidden,
            after_the_last_receive_a_message_is_a_dead_letter_with_its_id_body_and_attributes,
            messages_are_counted_by_where_they_are,
            a_purged_queue_is_empty,
        },
        queue_limits::{
            a_batch_reports_the_result_of_each_entry,
            a_batch_deletes_each_of_its_entries,
            an_empty_batch_is_refused,
            a_batch_of_eleven_is_refused,
            a_batch_with_equal_ids_is_refused,
            an_unknown_queue_is_named_as_such,
            a_receive_of_more_than_ten_messages_is_refused,
            a_garbled_receipt_handle_is_refused,
            a_queue_can_be_created_twice_but_not_differently,
        },
    ])
    .await
}

/// Checks the media store.
pub async fn s3(target: &Target) -> Vec<Outcome> {
    run(checks![target;
        objects::{
            an_object_comes_back_with_its_type_length_and_etag,
            a_streamed_object_comes_back_whole,
            an_object_put_again_is_replaced,
            a_missing_object_is_named_as_such,
            a_range_returns_just_its_bytes,
            a_range_beyond_the_end_is_refused,
            a_deleted_object_is_gone_and_may_be_deleted_again,
            a_listing_shows_the_keys_under_a_prefix_in_order,
            a_presigned_url_needs_no_credentials,
            a_presigned_url_of_a_missing_object_answers_404_in_xml,
        },
    ])
    .await
}

async fn run(checks: Vec<(&str, BoxFuture<'_, Check>)>) -> Vec<Outcome> {
    join_all(checks.into_iter().map(async |(name, check)| (name.replace('_', " "), check.await))).await
}

fn ensure(holds: bool, seen: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(seen()) }
}

/// An SDK error with all its causes in one line.
fn text<E: std::error::Error>(error: E) -> String {
    DisplayErrorContext(error).to_string()
}

/// Checks that a call was refused with an error code that starts with `code`.
fn refused_with<T, E, R>(result: Result<T, SdkError<E, R>>, code: &str) -> Check
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match result {
        Ok(_) => Err(format!("expected the error {code}, but the call succeeded")),
        Err(error) => {
            let seen = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default().to_owned();
            ensure(seen.starts_with(code), || format!("expected the error {code}, got {seen:?}: {}", text(error)))
        }
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: impl Display, seen: T, expected: T) -> Check {
    ensure(seen == expected, || format!("{what}: expected {expected:?}, got {seen:?}"))
}

fn get(url: &str) -> Result<Request, String> {
    http::Request::get(url).body(Bytes::new()).map_err(text)
}

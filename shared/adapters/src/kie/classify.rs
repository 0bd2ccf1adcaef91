//! What KIE says of a failure, and what it means. One table: the message decides first, then the code.
//!
//! KIE answers HTTP 200 for most errors and its codes lie: 500 may mean bad input or no money, 422 may mean an outage, and a
//! failure may even be explained as "success". Messages recorded from its documentation and traffic are this module's tests.

use domain::classify::{Class, Diagnosis, Retry, Why};

/// A failure as KIE reported it. Codes lie: the message decides first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// KIE's code as text ("422", "GENERATION_FAILED"); empty when there was none.
    pub code: String,
    /// KIE's message; may be empty or even "success".
    pub message: String,
}

/// One row: any of these in the lower-cased message means this.
struct Row(&'static [&'static str], Class, Option<Why>, Retry);

/// Precedence is the order: moderation, photo, billing, account, rate, everything that passes.
const TEXTS: &[Row] = &[
    Row(
        &["photorealistic people", "real person", "minor upload", "people upload", "privacyinformation"],
        Class::ContentRejected,
        Some(Why::People),
        Retry::Never,
    ),
    Row(&["third-party content", "third party content"], Class::ContentRejected, Some(Why::ThirdParty), Retry::Never),
    Row(&["prompt contains", "invalid prompt"], Class::ContentRejected, Some(Why::Words), Retry::Never),
    Row(&["nsfw"], Class::ContentRejected, Some(Why::Adult), Retry::Never),
    Row(
        &[
            "moderat",
            "sensitive",
            "safety",
            "content policy",
            "content policies",
            "violat",
            "prohibit",
            "flagged",
            "guardrail",
            "risk control",
        ],
        Class::ContentRejected,
        None,
        Retry::Never,
    ),
    // Said of a file it could not read as well: better light would not help, another file may.
    Row(
        &["image fetch failed", "could not fetch image", "failed to download image"],
        Class::BadPhoto,
        Some(Why::UnusableFile),
        Retry::Once,
    ),
    Row(
        &["image is too small", "image too small", "image size", "image resolution", "unsupported image", "invalid image"],
        Class::BadPhoto,
        Some(Why::UnusableFile),
        Retry::Never,
    ),
    Row(
        &["credits insufficient", "insufficient credit", "balance isn't enough", "usage limit"],
        Class::OurAccount,
        None,
        Retry::Never,
    ),
    Row(
        &[
            "model not found",
            "model name you specified",
            "page does not exist or is not published",
            "access permissions",
            "unauthorized",
            "field is required",
            "is required",
            "range of allowed options",
            "feature disabled",
        ],
        Class::OurAccount,
        None,
        Retry::Never,
    ),
    Row(
        &["rate limit", "call frequency is too high", "too many requests", "concurren"],
        Class::Overloaded,
        None,
        Retry::Patiently,
    ),
    Row(&["being maintained", "maintenance"], Class::Overloaded, None, Retry::Patiently),
    Row(
        &[
            "internal error",
            "internal server error",
            "task id is blank",
            "createtaskrep is blank",
            "generation task failed",
            "task failed",
        ],
        Class::BrokenUpstream,
        None,
        Retry::Attempts,
    ),
];

/// What a code means when the text says nothing.
fn by_code(code: &str) -> (Class, Retry) {
    match code {
        "401" | "402" | "404" | "422" | "433" | "505" => (Class::OurAccount, Retry::Never),
        "451" => (Class::BadPhoto, Retry::Once),
        "429" | "455" => (Class::Overloaded, Retry::Patiently),
        // 400, 408, 500, 501, GENERATION_FAILED, none at all, and whatever is invented next.
        _ => (Class::BrokenUpstream, Retry::Attempts),
    }
}

/// What a failure is.
#[must_use]
pub fn classify(failure: &Failure) -> Diagnosis {
    let text = failure.message.to_lowercase();
    let row = TEXTS.iter().find(|Row(needles, ..)| needles.iter().any(|needle| text.contains(needle)));
    if let Some(&Row(_, class, why, retry)) = row {
        return Diagnosis { class, why, retry };
    }
    let (class, retry) = by_code(&failure.code);
    Diagnosis { class, why: None, retry }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// (code, message) as seen in KIE's documentation and traffic, and what it is.
    const RECORDED: &[(&str, &str, Class, Retry)] = &[
        ("500", "Internal Error, Please try again later.", Class::BrokenUpstream, Retry::Attempts),
        ("400", "Internal Error, Please try again later.", Class::BrokenUpstream, Retry::Attempts),
        ("500", "internal error, please try again later.", Class::BrokenUpstream, Retry::Attempts),
        ("500", "Internal server error", Class::BrokenUpstream, Retry::Attempts),
        ("422", "generate playground failed, task id is blank", Class::BrokenUpstream, Retry::Attempts),
        ("500", "generate playground failed, task id is blank", Class::BrokenUpstream, Retry::Attempts),
        ("500", "createTaskRep is blank", Class::BrokenUpstream, Retry::Attempts),
        ("GENERATION_FAILED", "The generation task failed.", Class::BrokenUpstream, Retry::Attempts),
        ("500", "Task failed.", Class::BrokenUpstream, Retry::Attempts),
        ("501", "Playground task failed.", Class::BrokenUpstream, Retry::Attempts),
        ("500", "success", Class::BrokenUpstream, Retry::Attempts),
        ("", "", Class::BrokenUpstream, Retry::Attempts),
        ("408", "", Class::BrokenUpstream, Retry::Attempts),
        ("500", "The server is currently being maintained, please try again later~", Class::Overloaded, Retry::Patiently),
        ("455", "", Class::Overloaded, Retry::Patiently),
        ("500", "Rate limit exceeded", Class::Overloaded, Retry::Patiently),
        ("429", "Your call frequency is too high. Please try again later.", Class::Overloaded, Retry::Patiently),
        ("400", "Image fetch failed. Check access settings or use our File Upload API instead.", Class::BadPhoto, Retry::Once),
        ("451", "", Class::BadPhoto, Retry::Once),
        ("422", "nsfw", Class::ContentRejected, Retry::Never),
        ("422", "The input or output was flagged as sensitive", Class::ContentRejected, Retry::Never),
        ("422", "Invalid prompt: prompt contains prohibited content", Class::ContentRejected, Retry::Never),
        ("400", "Your content was flagged by OpenAI as violating content policies", Class::ContentRejected, Retry::Never),
        ("400", "Your content was flagged by Website as violating content policies", Class::ContentRejected, Retry::Never),
        (
            "400",
            "This content may violate our guardrails concerning similarity to third-party content.",
            Class::ContentRejected,
            Retry::Never,
        ),
        ("500", "Failure to pass the risk control system", Class::ContentRejected, Retry::Never),
        (
            "400",
            "We currently do not support uploads of images containing photorealistic people",
            Class::ContentRejected,
            Retry::Never,
        ),
        (
            "400",
            "OpenAI currently do not support uploads of images containing photorealistic people",
            Class::ContentRejected,
            Retry::Never,
        ),
        ("400", "public error minor upload", Class::ContentRejected, Retry::Never),
        ("400", "public error prominent people upload", Class::ContentRejected, Retry::Never),
        (
            "InputImageSensitiveContentDetected.PrivacyInformation",
            "The input image may contain real person.",
            Class::ContentRejected,
            Retry::Never,
        ),
        (
            "402",
            "Credits insufficient : Your current balance isn't enough to run this request. Please top up to continue.",
            Class::OurAccount,
            Retry::Never,
        ),
        (
            "500",
            "Credits insufficient : Your current balance isn't enough to run this request. Please top up to continue.",
            Class::OurAccount,
            Retry::Never,
        ),
        ("402", "", Class::OurAccount, Retry::Never),
        ("433", "sub-key usage limit", Class::OurAccount, Retry::Never),
        ("404", "Model not found", Class::OurAccount, Retry::Never),
        (
            "422",
            "The model name you specified is not supported. Please verify your input and use one of the supported models provided by KIE.",
            Class::OurAccount,
            Retry::Never,
        ),
        ("422", "The page does not exist or is not published", Class::OurAccount, Retry::Never),
        ("401", "You do not have access permissions", Class::OurAccount, Retry::Never),
        (
            "401",
            "Unauthorized – Authentication failed. Please check that your Authorization and Content-Type headers are correctly set.",
            Class::OurAccount,
            Retry::Never,
        ),
        ("500", "This field is required", Class::OurAccount, Retry::Never),
        ("422", "aspect_ratio is required", Class::OurAccount, Retry::Never),
        ("500", "duration is not within the range of allowed options", Class::OurAccount, Retry::Never),
        ("505", "", Class::OurAccount, Retry::Never),
    ];

    #[test]
    fn every_recorded_failure_is_called_what_it_is() {
        for &(code, message, class, retry) in RECORDED {
            let got = classify(&Failure { code: code.into(), message: message.into() });
            assert_eq!((got.class, got.retry), (class, retry), "{code}: {message}");
        }
    }

    #[test]
    fn people_and_third_party_content_are_said_to_be_why() {
        let why = |message: &str| classify(&Failure { code: "400".into(), message: message.into() }).why;
        assert_eq!(why("We currently do not support uploads of images containing photorealistic people"), Some(Why::People));
        assert_eq!(why("guardrails concerning similarity to third-party content"), Some(Why::ThirdParty));
        assert_eq!(why("Invalid prompt: prompt contains prohibited content"), Some(Why::Words));
        assert_eq!(why("nsfw"), Some(Why::Adult));
        assert_eq!(why("The input or output was flagged as sensitive"), None);
    }

    proptest! {
        #[test]
        fn any_failure_is_called_something(code in ".*", message in ".*") {
            let _ = classify(&Failure { code, message });
        }
    }
}

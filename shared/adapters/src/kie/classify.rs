//! Classifies KIE's failures. One table has KIE's messages and their meaning: the message decides first, then the code.
//!
//! KIE answers HTTP 200 for most errors, and its codes are unreliable: 500 may mean bad input or an empty account, 422 may mean
//! an outage, and the message of a failure may even be "success". The tests have messages from KIE's documentation and traffic.

use domain::classify::{Class, Diagnosis, Retry, Why};

/// A failure as KIE reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// KIE's code as text ("422", "GENERATION_FAILED"); empty if KIE gave none.
    pub code: String,
    /// KIE's message. It may be empty or even "success".
    pub message: String,
}

/// One row of the table: if the lower-cased message contains any of the texts, the failure has this class, reason and retry.
struct Row(&'static [&'static str], Class, Option<Why>, Retry);

/// The table. The first matching row counts: moderation, photo, billing, account, rate, then failures that pass by themselves.
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
    // KIE also sends these messages for a file that it cannot read. Another file may work, a better lit photo would not.
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

/// The class and retry of a code, for a message that no row matches.
fn by_code(code: &str) -> (Class, Retry) {
    match code {
        "401" | "402" | "404" | "422" | "433" | "505" => (Class::OurAccount, Retry::Never),
        "451" => (Class::BadPhoto, Retry::Once),
        "429" | "455" => (Class::Overloaded, Retry::Patiently),
        // 400, 408, 500, 501, GENERATION_FAILED, an empty code, and codes that are unknown today.
        _ => (Class::BrokenUpstream, Retry::Attempts),
    }
}

/// The class, reason and retry of a failure.
#[must_use]
pub fn classify(failure: &Failure) -> Diagnosis {
    let text = failure.message.to_lowercase();
    let row = TEXTS.iter().find(|Row(needles, ..)| needles.iter().any(|needle| text.contains(needle)));
    if let Some(&Row(_, class, why, retry)) = row {
        return Diagnosis { class, why, retry };
    }
    let (class, retry) = by_code(&failure.code);
    Diagnosis { class, why: None, retry, remedy: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Codes and messages from KIE's documentation and traffic, with their class and retry.
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
    fn every_recorded_failure_gets_its_class() {
        for &(code, message, class, retry) in RECORDED {
            let got = classify(&Failure { code: code.into(), message: message.into() });
            assert_eq!((got.class, got.retry), (class, retry), "{code}: {message}");
        }
    }

    #[test]
    fn a_rejected_request_gets_its_reason() {
        let why = |message: &str| classify(&Failure { code: "400".into(), message: message.into() }).why;
        assert_eq!(why("We currently do not support uploads of images containing photorealistic people"), Some(Why::People));
        assert_eq!(why("guardrails concerning similarity to third-party content"), Some(Why::ThirdParty));
        assert_eq!(why("Invalid prompt: prompt contains prohibited content"), Some(Why::Words));
        assert_eq!(why("nsfw"), Some(Why::Adult));
        assert_eq!(why("The input or output was flagged as sensitive"), None);
    }

    proptest! {
        #[test]
        fn any_failure_gets_a_class(code in ".*", message in ".*") {
            let _ = classify(&Failure { code, message });
        }
    }
}

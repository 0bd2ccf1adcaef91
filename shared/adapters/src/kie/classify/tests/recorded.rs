//! Codes and messages from KIE's documentation and traffic, with their complaint.

use domain::classify::Why;

use crate::kie::classify::{Complaint, PhotoComplaint};

const CONTENT: Complaint = Complaint::Content(None);
const PEOPLE: Complaint = Complaint::Content(Some(Why::People));
const THIRD_PARTY: Complaint = Complaint::Content(Some(Why::ThirdParty));
const WORDS: Complaint = Complaint::Content(Some(Why::Words));
const ADULT: Complaint = Complaint::Content(Some(Why::Adult));
const SIZE: Complaint = Complaint::Photo(PhotoComplaint::Size);
const SHAPE: Complaint = Complaint::Photo(PhotoComplaint::Shape);
const FILE: Complaint = Complaint::Photo(PhotoComplaint::File);

/// To add a text: copy it from the log with its code. The tests check its complaint with every other code too.
pub(super) const RECORDED: &[(&str, &str, Complaint)] = &[
    ("500", "Internal Error, Please try again later.", Complaint::Internal),
    ("400", "Internal Error, Please try again later.", Complaint::Internal),
    ("500", "internal error, please try again later.", Complaint::Internal),
    ("500", "Internal server error", Complaint::Internal),
    ("422", "generate playground failed, task id is blank", Complaint::Internal),
    ("500", "generate playground failed, task id is blank", Complaint::Internal),
    ("500", "createTaskRep is blank", Complaint::Internal),
    ("GENERATION_FAILED", "The generation task failed.", Complaint::Internal),
    ("500", "Task failed.", Complaint::Internal),
    ("501", "Playground task failed.", Complaint::Internal),
    ("500", "success", Complaint::Internal),
    ("", "", Complaint::Internal),
    ("408", "", Complaint::Internal),
    ("500", "The server is currently being maintained, please try again later~", Complaint::Busy),
    ("455", "", Complaint::Busy),
    ("500", "Rate limit exceeded", Complaint::Rate),
    ("429", "Your call frequency is too high. Please try again later.", Complaint::Rate),
    ("400", "Image fetch failed. Check access settings or use our File Upload API instead.", Complaint::Fetch),
    ("451", "", Complaint::Fetch),
    ("422", "nsfw", ADULT),
    ("422", "The input or output was flagged as sensitive", CONTENT),
    ("422", "Invalid prompt: prompt contains prohibited content", WORDS),
    ("400", "Your content was flagged by OpenAI as violating content policies", CONTENT),
    ("400", "Your content was flagged by Website as violating content policies", CONTENT),
    ("400", "This content may violate our guardrails concerning similarity to third-party content.", THIRD_PARTY),
    ("500", "Failure to pass the risk control system", CONTENT),
    ("400", "We currently do not support uploads of images containing photorealistic people", PEOPLE),
    ("400", "OpenAI currently do not support uploads of images containing photorealistic people", PEOPLE),
    ("400", "public error minor upload", PEOPLE),
    ("400", "public error prominent people upload", PEOPLE),
    ("InputImageSensitiveContentDetected.PrivacyInformation", "The input image may contain real person.", PEOPLE),
    (
        "402",
        "Credits insufficient : Your current balance isn't enough to run this request. Please top up to continue.",
        Complaint::Money,
    ),
    (
        "500",
        "Credits insufficient : Your current balance isn't enough to run this request. Please top up to continue.",
        Complaint::Money,
    ),
    ("402", "", Complaint::Money),
    ("433", "sub-key usage limit", Complaint::Money),
    ("404", "Model not found", Complaint::Model),
    (
        "422",
        "The model name you specified is not supported. Please verify your input and use one of the supported models provided by KIE.",
        Complaint::Model,
    ),
    ("422", "The page does not exist or is not published", Complaint::Model),
    ("401", "You do not have access permissions", Complaint::Access),
    (
        "401",
        "Unauthorized – Authentication failed. Please check that your Authorization and Content-Type headers are correctly set.",
        Complaint::Access,
    ),
    ("500", "This field is required", Complaint::Missing),
    ("422", "aspect_ratio is required", Complaint::Missing),
    ("500", "duration is not within the range of allowed options", Complaint::Setting),
    ("505", "", Complaint::Model),
    ("422", "This field is required", Complaint::Missing),
    ("500", "text is required", Complaint::Missing),
    ("422", "duration is not within the range of allowed options", Complaint::Setting),
    (
        "404",
        "The model name you specified is not supported. Please verify your input and use one of the supported models provided by KIE.",
        Complaint::Model,
    ),
    ("422", "aspect_ratio is required for text-to-video", Complaint::Missing),
    ("500", "Server exception, please try again later or contact customer service", Complaint::Internal),
    ("402", "Task failed.", Complaint::Money),
    ("500", "image_urls file type not supported", Complaint::Address),
    ("500", "Image pixel is invalid", SIZE),
    // Recorded for a side over 4096 px.
    ("422", "Images size exceeds limit", SIZE),
    ("500", "Images size exceeds limit", SIZE),
    ("422", "Aspect ratio must be between 0.4 and 2.5", SHAPE),
    ("500", "expected the width to be at least 300px", SIZE),
    (
        "400",
        "Error while downloading image, error: expected the width to be at least 300px, but received a 299x400px image instead",
        SIZE,
    ),
    (
        "400",
        "Error while downloading image, error: expected the height to be at most 6000px, but received a 2401x6001px image instead",
        SIZE,
    ),
    ("500", "Incorrect image format", FILE),
    ("500", "failed to download media", Complaint::Fetch),
    ("422", "could not fetch image", Complaint::Fetch),
    ("400", "unsupported image", FILE),
    ("400", "Inappropriate content detected", CONTENT),
    ("500", "The current credits are insufficient. Please top up.", Complaint::Money),
    ("429", "The current credits are insufficient. Please top up.", Complaint::Money),
    ("500", "Image is too small", SIZE),
    ("500", "Failed to download image", Complaint::Fetch),
    ("422", "Feature disabled", Complaint::Model),
    ("500", "Too many requests", Complaint::Rate),
];

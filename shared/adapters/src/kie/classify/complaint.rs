//! What KIE complains about, and what follows from each complaint.

use domain::classify::{Class, Diagnosis, Remedy, Retry, Why};

/// What KIE complains about. The text of a failure decides it; `table.rs` lists the words of each complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Complaint {
    /// Moderation rejected the photo or the prompt, for this reason if KIE states one.
    Content(Option<Why>),
    /// The photo's pixels, shape or file.
    Photo(PhotoComplaint),
    /// KIE could not download the photo.
    Fetch,
    /// KIE does not accept the photo's address, or the file type that KIE reads from the address. The photo itself is fine.
    Address,
    /// Our balance, quota or spending limit at KIE.
    Money,
    /// Our key or its permissions.
    Access,
    /// The model is unknown, not published or disabled.
    Model,
    /// A field of the request is missing. With code 500 KIE also says so of requests that it accepts minutes later.
    Missing,
    /// A field of the request has a value that KIE does not allow.
    Setting,
    /// Too many calls or tasks at once.
    Rate,
    /// KIE or the model's provider has no capacity, or is in maintenance.
    Busy,
    /// A fault at KIE that passes by itself.
    Internal,
    /// Neither the text nor the code is known.
    Unknown,
}

/// What about the photo KIE complains about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhotoComplaint {
    /// The photo has too few or too many pixels.
    Size,
    /// The aspect ratio: the photo is too long and narrow.
    Shape,
    /// The file: its format, its bytes or its damage. Also every complaint about a photo that names no other reason.
    File,
}

impl PhotoComplaint {
    /// The reason that the seller reads.
    #[must_use]
    pub fn why(self) -> Why {
        match self {
            Self::Size => Why::PhotoSize,
            Self::Shape => Why::PhotoShape,
            Self::File => Why::UnusableFile,
        }
    }
}

impl Complaint {
    /// The complaint's name in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Content(_) => "content",
            Self::Photo(_) => "photo",
            Self::Fetch => "fetch",
            Self::Address => "address",
            Self::Money => "money",
            Self::Access => "access",
            Self::Model => "model",
            Self::Missing => "missing",
            Self::Setting => "setting",
            Self::Rate => "rate",
            Self::Busy => "busy",
            Self::Internal => "internal",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the same photo may be accepted from another address: one of KIE's upload API.
    #[must_use]
    pub fn other_address_may_help(self) -> bool {
        matches!(self, Self::Fetch | Self::Address)
    }

    /// Whether only this model refuses, so that another model may accept the same order. Providers differ in their rules about
    /// people; most other moderation is KIE's own or common to all providers.
    #[must_use]
    pub fn other_model_may_help(self) -> bool {
        matches!(self, Self::Content(Some(Why::People)) | Self::Model)
    }

    /// The class, reason, retry and remedy of a complaint that came with this code.
    pub(super) fn diagnosis(self, code: &str) -> Diagnosis {
        let (class, why, retry) = match self {
            Self::Content(why) => (Class::ContentRejected, why, Retry::Never),
            Self::Photo(photo) => (Class::BadPhoto, Some(photo.why()), Retry::Never),
            Self::Fetch => (Class::BadPhoto, Some(Why::UnusableFile), Retry::Once),
            Self::Address => (Class::OurAccount, None, Retry::Once),
            Self::Money | Self::Access | Self::Model | Self::Setting => (Class::OurAccount, None, Retry::Never),
            Self::Missing if matches!(code, "400" | "422") => (Class::OurAccount, None, Retry::Never),
            Self::Missing => (Class::OurAccount, None, Retry::Once),
            Self::Rate | Self::Busy => (Class::Overloaded, None, Retry::Patiently),
            Self::Internal => (Class::BrokenUpstream, None, Retry::Attempts),
            Self::Unknown => (Class::BrokenUpstream, None, Retry::Once),
        };
        let remedy = if self.other_address_may_help() {
            Some(Remedy::UploadPhoto)
        } else if self.other_model_may_help() {
            Some(Remedy::OtherModel)
        } else {
            None
        };
        Diagnosis { class, why, retry, remedy }
    }
}

//! The trace header of an order, in the form of AWS X-Ray. The job and every message about it carry the header.

use crate::config::Env;

/// The variable in which Lambda gives the trace header of the present invocation.
const VARIABLE: &str = "_X_AMZN_TRACE_ID";
/// The SQS message system attribute that carries the trace header. SQS refuses a malformed header.
pub(crate) const ATTRIBUTE: &str = "AWSTraceHeader";
/// Longest trace header that is passed on, bytes. A complete trace header has 73.
const HEADER_MAX_BYTES: usize = 128;

/// Reads the trace header of the present invocation.
#[derive(Clone, Debug)]
pub struct Trace(Env);

impl Trace {
    /// A reader of the trace header in this environment.
    #[must_use]
    pub fn of(env: &Env) -> Self {
        Self(env.clone())
    }

    /// The trace header with its parts Root, Parent and Sampled; `None` outside Lambda, or if the header is malformed.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        let header = self.0.optional(VARIABLE)?;
        let known = |part: &&str| ["Root=", "Parent=", "Sampled="].iter().any(|name| part.starts_with(name));
        let kept: Vec<&str> = header.split(';').map(str::trim).filter(known).collect();
        let kept = kept.join(";");
        let plain = kept.chars().all(|c| c.is_ascii_alphanumeric() || "=;-".contains(c));
        (plain && kept.len() <= HEADER_MAX_BYTES && root(&kept).is_some()).then_some(kept)
    }
}

/// The trace id in a trace header; `None` if the header has no trace id.
#[must_use]
pub fn root(header: &str) -> Option<&str> {
    header.split(';').find_map(|part| part.strip_prefix("Root=")).filter(|root| root.starts_with("1-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> Option<String> {
        Trace::of(&Env::from_map([(VARIABLE, value)])).header()
    }

    #[test]
    fn the_known_parts_of_a_header_are_kept() {
        let own = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(header(own).as_deref(), Some(own));
        assert_eq!(header(&format!("{own};Lineage=1:a87bd80c:0|x")).as_deref(), Some(own));
        assert_eq!(root(own), Some("1-5759e988-bd862e3fe1be46a994272793"));
    }

    #[test]
    fn a_malformed_header_is_not_passed_on() {
        for odd in ["", "Sampled=0", "Root=x", "Root=1-\u{1};Sampled=1", &format!("Root=1-{}", "0".repeat(200))] {
            assert_eq!(header(odd), None, "{odd}");
        }
    }
}

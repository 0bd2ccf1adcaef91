//! Tests of the table. The texts are in files, one a line:
//!
//! | file | its texts |
//! |---|---|
//! | `recorded.rs` | from KIE's documentation and traffic |
//! | `elsewhere.txt` | of the providers behind KIE and of other gateways |
//! | `spellings.txt` | invented before the table was written, for what KIE will say tomorrow |
//! | `near_misses.txt` | resemble a complaint and must not be taken for it |
//! | `unknown.txt` | say nothing that the table knows |

mod recorded;

use domain::classify::{Class, Retry, Why};
use proptest::prelude::*;

use super::{Complaint, Failure, PhotoComplaint, classify, table, words::Words};
use recorded::RECORDED;

const SPELLINGS: &str = include_str!("spellings.txt");
const NEAR_MISSES: &str = include_str!("near_misses.txt");
const ELSEWHERE: &str = include_str!("elsewhere.txt");
const UNKNOWN: &str = include_str!("unknown.txt");
/// The codes that KIE sends with any text.
const CODES: [&str; 5] = ["400", "422", "429", "500", "501"];

fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.into(), message: message.into() }
}

fn complaint(code: &str, message: &str) -> Complaint {
    failure(code, message).complaint()
}

fn named(name: &str) -> Complaint {
    match name {
        "content" => Complaint::Content(None),
        "people" => Complaint::Content(Some(Why::People)),
        "third_party" => Complaint::Content(Some(Why::ThirdParty)),
        "words" => Complaint::Content(Some(Why::Words)),
        "adult" => Complaint::Content(Some(Why::Adult)),
        "photo" => Complaint::Photo(PhotoComplaint::File),
        "photo_size" => Complaint::Photo(PhotoComplaint::Size),
        "photo_shape" => Complaint::Photo(PhotoComplaint::Shape),
        "fetch" => Complaint::Fetch,
        "address" => Complaint::Address,
        "money" => Complaint::Money,
        "access" => Complaint::Access,
        "model" => Complaint::Model,
        "missing" => Complaint::Missing,
        "setting" => Complaint::Setting,
        "rate" => Complaint::Rate,
        "busy" => Complaint::Busy,
        "internal" => Complaint::Internal,
        _ => panic!("no complaint is named {name}"),
    }
}

/// The texts of a file, each with the complaint of its section.
fn texts(file: &str) -> Vec<(Complaint, &str)> {
    let mut section = Complaint::Unknown;
    let mut texts = Vec::new();
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => section = named(name),
            None => texts.push((section, line)),
        }
    }
    texts
}

/// Fails with all wrong texts at once, so that the effect of a new rule is seen whole.
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} texts are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_recorded_failure_gets_its_complaint() {
    let wrong = RECORDED.iter().filter_map(|&(code, message, expected)| {
        let got = complaint(code, message);
        (got != expected).then(|| format!("{code} {message}: {got:?}, not {expected:?}"))
    });
    assert_none(wrong.collect());
}

/// The exceptions are texts that say nothing by themselves (empty, "success"), and "Task failed." with a code of refusals: there the
/// code decides. The complaint of "... is required" is the same with every code; only its retry differs.
#[test]
fn the_code_does_not_change_the_complaint_of_a_recorded_text() {
    let speaking = RECORDED.iter().filter(|(_, message, _)| !Words::of(message).is_silent());
    let speaking = speaking.filter(|(code, message, _)| !(*message == "Task failed." && matches!(*code, "401" | "402" | "433")));
    let wrong = speaking.flat_map(|&(_, message, expected)| {
        CODES.into_iter().filter_map(move |code| {
            let got = complaint(code, message);
            (got != expected).then(|| format!("{code} {message}: {got:?}, not {expected:?}"))
        })
    });
    assert_none(wrong.collect());
}

#[test]
fn an_invented_spelling_gets_its_complaint() {
    let wrong = texts(SPELLINGS).into_iter().flat_map(|(expected, text)| {
        CODES.into_iter().filter_map(move |code| {
            let got = complaint(code, text);
            (got != expected).then(|| format!("{code} {text}: {got:?}, not {expected:?}"))
        })
    });
    assert_none(wrong.collect());
}

#[test]
fn a_text_of_a_provider_behind_kie_gets_its_complaint() {
    let wrong = texts(ELSEWHERE).into_iter().flat_map(|(expected, text)| {
        CODES.into_iter().filter_map(move |code| {
            let got = complaint(code, text);
            (got != expected).then(|| format!("{code} {text}: {got:?}, not {expected:?}"))
        })
    });
    assert_none(wrong.collect());
}

#[test]
fn a_near_miss_is_not_taken_for_the_complaint_it_resembles() {
    let is_of_photo = |complaint| matches!(complaint, Complaint::Photo(_));
    let wrong = texts(NEAR_MISSES).into_iter().flat_map(|(unwanted, text)| {
        CODES.into_iter().chain([""]).filter_map(move |code| {
            let got = complaint(code, text);
            (got == unwanted || (is_of_photo(got) && is_of_photo(unwanted))).then(|| format!("{code} {text}: {got:?}"))
        })
    });
    assert_none(wrong.collect());
}

#[test]
fn an_unknown_text_stays_unknown_and_is_tried_once_more() {
    for (_, text) in texts(UNKNOWN) {
        for code in ["400", "422", "429", "500", "501", "403", "", "SOMETHING_NEW"] {
            let got = failure(code, text);
            assert_eq!(got.complaint(), Complaint::Unknown, "{code} {text}");
            assert_eq!((classify(&got).class, classify(&got).retry), (Class::BrokenUpstream, Retry::Once), "{code} {text}");
        }
    }
}

#[test]
fn each_complaint_has_at_least_ten_invented_spellings() {
    let spellings = texts(SPELLINGS);
    for (complaint, _) in table::TABLE {
        let count = spellings.iter().filter(|(it, _)| it == complaint).count();
        assert!(count >= 10, "{complaint:?} has {count}");
    }
}

#[test]
fn a_code_decides_only_where_the_text_says_nothing() {
    for (code, expected) in [
        ("401", Complaint::Access),
        ("402", Complaint::Money),
        ("433", Complaint::Money),
        ("404", Complaint::Model),
        ("505", Complaint::Model),
        ("451", Complaint::Fetch),
        ("429", Complaint::Rate),
        ("455", Complaint::Busy),
        ("408", Complaint::Internal),
        ("500", Complaint::Internal),
        ("501", Complaint::Internal),
        ("", Complaint::Internal),
        ("422", Complaint::Unknown),
        ("400", Complaint::Unknown),
        ("777", Complaint::Unknown),
        ("InvalidParameter.ImageSize", Complaint::Photo(PhotoComplaint::File)),
    ] {
        assert_eq!(complaint(code, ""), expected, "{code}");
        assert_eq!(complaint(code, "success"), expected, "{code}");
    }
    // A failure without a reason at a refusing code is a refusal, and so is a reason with the wrong code.
    assert_eq!(complaint("402", "Task failed."), Complaint::Money);
    // 429 with a text is what the text says, and stays unknown if the table does not know the text.
    assert_eq!(complaint("429", "The current credits are insufficient. Please top up."), Complaint::Money);
    assert_eq!(complaint("429", "Something new happened"), Complaint::Unknown);
    assert_eq!(complaint("402", "nsfw"), Complaint::Content(Some(Why::Adult)));
    assert_eq!(complaint("403", "error code: 1010"), Complaint::Access);
    assert_eq!(complaint("500", "<html><title>Image size is invalid</title>"), Complaint::Internal);
}

#[test]
fn a_complaint_has_its_class_and_retry() {
    for (code, message, class, retry) in [
        ("500", "nsfw", Class::ContentRejected, Retry::Never),
        ("500", "Image pixel is invalid", Class::BadPhoto, Retry::Never),
        ("500", "failed to download media", Class::BadPhoto, Retry::Once),
        ("500", "image_urls file type not supported", Class::OurAccount, Retry::Once),
        ("500", "The current credits are insufficient. Please top up.", Class::OurAccount, Retry::Never),
        ("401", "", Class::OurAccount, Retry::Never),
        ("500", "Model not found", Class::OurAccount, Retry::Never),
        ("500", "This field is required", Class::OurAccount, Retry::Once),
        ("501", "This field is required", Class::OurAccount, Retry::Once),
        ("422", "This field is required", Class::OurAccount, Retry::Never),
        ("500", "duration is not within the range of allowed options", Class::OurAccount, Retry::Never),
        ("500", "Rate limit exceeded", Class::Overloaded, Retry::Patiently),
        ("455", "", Class::Overloaded, Retry::Patiently),
        ("500", "Internal Error, Please try again later.", Class::BrokenUpstream, Retry::Attempts),
        ("500", "success", Class::BrokenUpstream, Retry::Attempts),
    ] {
        let got = classify(&failure(code, message));
        assert_eq!((got.class, got.retry), (class, retry), "{code}: {message}");
    }
    let why = |message| classify(&failure("500", message)).why;
    assert_eq!(why("Image pixel is invalid"), Some(Why::PhotoSize));
    assert_eq!(why("Aspect ratio must be between 0.4 and 2.5"), Some(Why::PhotoShape));
    assert_eq!(why("Incorrect image format"), Some(Why::UnusableFile));
    assert_eq!(why("Images size exceeds limit"), Some(Why::PhotoSize));
    assert_eq!(why("Image size exceeds 10 MB"), Some(Why::UnusableFile));
    assert_eq!(why("failed to download media"), Some(Why::UnusableFile));
    assert_eq!(why("image_urls file type not supported"), None);
}

#[test]
fn another_address_or_another_model_may_help() {
    let all = texts(SPELLINGS).into_iter().map(|(complaint, _)| complaint);
    let helped = |helps: fn(Complaint) -> bool| {
        let mut helped = Vec::new();
        for complaint in all.clone().filter(|it| helps(*it)) {
            if !helped.contains(&complaint) {
                helped.push(complaint);
            }
        }
        helped
    };
    assert_eq!(helped(Complaint::other_address_may_help), [Complaint::Fetch, Complaint::Address]);
    assert_eq!(helped(Complaint::other_model_may_help), [Complaint::Content(Some(Why::People)), Complaint::Model]);
}

#[test]
fn groups_name_only_groups_above_them() {
    let mut known = Vec::new();
    let names = |words: &'static str| words.split(['|', ' ', '!']).filter_map(|it| it.strip_prefix('@'));
    for &(name, words) in table::GROUPS {
        assert!(names(words).all(|it| known.contains(&it)), "{name} names an unknown group");
        known.push(name);
    }
    for rule in table::TABLE.iter().flat_map(|(_, rules)| rules.iter()) {
        assert!(names(rule).all(|it| known.contains(&it)), "the rule {rule:?} names an unknown group");
        assert!(rule.split(' ').any(|term| !term.starts_with('!')), "the rule {rule:?} demands nothing");
        assert_eq!(*rule, rule.to_lowercase(), "words are compared in lower case");
    }
}

/// A text of the tests, recorded or invented.
fn any_text() -> impl Strategy<Value = String> {
    let recorded = RECORDED.iter().map(|(_, message, _)| *message);
    let invented = texts(SPELLINGS).into_iter().map(|(_, text)| text);
    let all: Vec<_> = recorded.chain(invented).map(str::to_owned).collect();
    proptest::sample::select(all)
}

fn is_camel_case(word: &str) -> bool {
    word.chars().zip(word.chars().skip(1)).any(|(one, next)| one.is_lowercase() && next.is_uppercase())
}

proptest! {
    #[test]
    fn any_failure_gets_a_class(code in ".*", message in ".*") {
        let _ = classify(&Failure { code, message });
    }

    #[test]
    fn case_and_punctuation_do_not_change_the_complaint(
        text in any_text(),
        cases in proptest::collection::vec(0..3, 40),
        before in r#"[ "'(\[{*~.,:;!?-]{0,5}"#,
        after in r#"[ "')\]}*~.,:;!?-]{0,5}"#,
    ) {
        // Camel case is lost in capitals, so such words keep theirs.
        let word = |(word, case): (&str, &i32)| match case {
            0 if !is_camel_case(word) => word.to_uppercase(),
            1 if !is_camel_case(word) => word.to_lowercase(),
            _ => word.to_owned(),
        };
        let changed: Vec<_> = text.split(' ').zip(cases.iter().cycle()).map(word).collect();
        let changed = format!("{before}{}{after}", changed.join(" "));
        prop_assert_eq!(complaint("500", &changed), complaint("500", &text), "{}", changed);
    }
}

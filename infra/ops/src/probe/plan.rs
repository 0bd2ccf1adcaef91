//! What the probe is going to do and to spend. Nothing runs before an operator has agreed to the plan.

use std::fmt;

use domain::catalog::Catalog;

use super::case::{Case, Way, Work, cases};
use crate::{context::OpsError, text_table::TextTable};

/// The most that one run of the probe may cost, in US dollars.
pub const SPEND_MAX_USD: f64 = 2.0;
/// The word that agrees to a plan.
pub const CONSENT: &str = "yes";

/// The cases of a run, with their prices.
#[derive(Clone, Debug)]
pub struct Plan {
    cases: Vec<Case>,
    skipped: Vec<(String, String)>,
    kie_credit_usd: f64,
    chat: Option<i64>,
}

/// A plan to which an operator has agreed.
#[derive(Clone, Debug)]
pub struct Agreed(Plan);

impl Plan {
    /// The plan of the cases named in `only`, or of the default cases. Cases for Telegram need a chat.
    ///
    /// # Errors
    /// A name is no case, a named case lacks its chat, or the plan costs more than [`SPEND_MAX_USD`].
    pub fn new(catalog: &Catalog, only: &[String], chat: Option<i64>) -> Result<Self, OpsError> {
        let all = cases(catalog);
        if let Some(unknown) = only.iter().find(|name| !all.iter().any(|case| case.id == **name)) {
            let known = all.iter().map(|case| case.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(OpsError::new(format!("the probe has no case {unknown:?}"), format!("The cases are {known}.")));
        }
        let (mut chosen, mut skipped) = (Vec::new(), Vec::new());
        for case in all {
            let lacks_chat = chat.is_none() && matches!(case.work, Work::SilentFilm(_));
            let named = only.contains(&case.id);
            match &case.skipped {
                _ if named && lacks_chat => {
                    return Err(OpsError::new(format!("the case {} sends messages to a chat", case.id), "Give --chat <id>."));
                }
                _ if !only.is_empty() && !named => {}
                _ if lacks_chat => skipped.push((case.id, "it needs --chat".to_owned())),
                Some(why) if !named => skipped.push((case.id.clone(), why.clone())),
                _ => chosen.push(case),
            }
        }
        let plan = Self { cases: chosen, skipped, kie_credit_usd: catalog.kie_credit_usd, chat };
        if plan.usd() > SPEND_MAX_USD {
            let what = format!("the plan costs {:.2} USD, more than the limit of {SPEND_MAX_USD:.2} USD", plan.usd());
            return Err(OpsError::new(what, "Name fewer cases with --only; nothing was ordered."));
        }
        Ok(plan)
    }

    /// Agrees to the plan, if the operator's answer is [`CONSENT`].
    ///
    /// # Errors
    /// Any other answer: nothing was ordered.
    pub fn agree(self, answer: &str) -> Result<Agreed, OpsError> {
        if answer.trim().eq_ignore_ascii_case(CONSENT) {
            return Ok(Agreed(self));
        }
        Err(OpsError::new("nothing was ordered and nothing was sent: the plan was not agreed to", "Type yes, or give --yes."))
    }

    /// The most that KIE takes for the plan, in KIE's credits.
    #[must_use]
    pub fn kie_credits(&self) -> f64 {
        self.cases.iter().map(Case::kie_credits).sum()
    }

    /// The most that KIE takes for the plan, in US dollars.
    #[must_use]
    pub fn usd(&self) -> f64 {
        self.kie_credits() * self.kie_credit_usd
    }
}

impl Agreed {
    /// The cases, in their order.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.0.cases
    }

    /// The plan itself.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.0
    }

    /// The price of one of KIE's credits in US dollars.
    #[must_use]
    pub const fn kie_credit_usd(&self) -> f64 {
        self.0.kie_credit_usd
    }

    /// The chat that gets the messages.
    #[must_use]
    pub const fn chat(&self) -> Option<i64> {
        self.0.chat
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = TextTable::new(["case", "does", "credits", "usd"]);
        for case in &self.cases {
            let credits = case.kie_credits();
            let (credits, usd) = (format!("{credits:.1}"), format!("{:.2}", credits * self.kie_credit_usd));
            table.row([case.id.clone(), case.to_string(), credits, usd]);
        }
        write!(f, "{table}")?;
        for (case, why) in &self.skipped {
            writeln!(f, "skipped: {case}: {why}")?;
        }
        writeln!(f, "KIE takes at most {:.1} credits, {:.2} USD", self.kie_credits(), self.usd())
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.work {
            Work::Film(order) => write!(f, "orders {} s of {}", order.secs, order.model),
            Work::SilentFilm(Way::Address) => write!(f, "sends a silent film by address, then by file id"),
            Work::SilentFilm(Way::Upload) => write!(f, "uploads a silent film, then sends it by file id"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(only: &[&str], chat: Option<i64>) -> Result<Plan, String> {
        let only: Vec<_> = only.iter().map(|name| (*name).to_owned()).collect();
        Plan::new(&Catalog::built_in().unwrap(), &only, chat).map_err(|error| error.to_string())
    }

    #[test]
    fn the_default_plan_covers_every_offered_model_for_less_than_the_limit() {
        let plan = plan(&[], Some(5)).unwrap();
        let ids: Vec<_> = plan.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "row-neurocard",
                "row-reels-ugc",
                "row-reels-broll",
                "square-neurocard",
                "square-reels-ugc",
                "square-reels-broll",
                "no-extension-neurocard",
                "silent-address",
                "silent-upload"
            ]
        );
        assert!(plan.usd() < SPEND_MAX_USD, "{plan}");
        let text = plan.to_string();
        assert!(text.contains("row-reels-broll         orders 8 s of kling-3.0/video"), "{text}");
        assert!(text.contains("skipped: row-reels-own: the same order as row-reels-broll\n"), "{text}");
        assert!(text.contains("skipped: square-neurocard-seedance: the row is a spare only\n"), "{text}");
        assert!(text.ends_with("KIE takes at most 351.4 credits, 1.76 USD\n"), "{text}");
    }

    #[test]
    fn a_named_case_runs_alone_and_a_skipped_one_only_if_named() {
        let one = plan(&["row-reels-own"], None).unwrap();
        assert_eq!((one.cases.len(), one.skipped.len(), one.kie_credits()), (1, 0, 112.0));
        assert!(plan(&[], None).unwrap().to_string().contains("skipped: silent-upload: it needs --chat\n"));
    }

    #[test]
    fn a_plan_that_cannot_run_or_costs_too_much_is_refused() {
        assert!(
            plan(&["row-reels"], None)
                .unwrap_err()
                .starts_with("the probe has no case \"row-reels\"\nThe cases are row-neurocard, ")
        );
        assert!(plan(&["silent-upload"], None).unwrap_err().contains("--chat"));
        let all: Vec<_> = cases(&Catalog::built_in().unwrap()).into_iter().map(|case| case.id).collect();
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        assert!(plan(&all, Some(5)).unwrap_err().starts_with("the plan costs 2."));
    }

    #[test]
    fn only_yes_agrees() {
        for answer in ["", "y", "no", "yes please"] {
            assert!(plan(&[], None).unwrap().agree(answer).is_err(), "{answer}");
        }
        assert!(plan(&[], None).unwrap().agree("Yes\n").is_ok());
    }
}

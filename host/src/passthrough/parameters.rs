//! The query string of a passthrough request: the host's own parameters, and all others, which are the vendor's.

use uuid::Uuid;

use crate::unified::query::{decode, is_absent};
use crate::unified::{Failure, Failures, Place};

/// Parameters in one query string at most, as in unified calls.
const MAX_PAIRS: usize = 256;
/// Prefixes of the host's own parameters. Truto's clients send some of theirs to every route.
const OWN: [&str; 2] = ["mortise_", "truto_"];
const ACCOUNT: &str = "integrated_account_id";
const DRY_RUN: &str = "mortise_dry_run";

/// The parsed query string of one passthrough request.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// `integrated_account_id`; `None` if it is missing or malformed, which is then among the failures.
    pub(super) account: Option<Uuid>,
    /// `mortise_dry_run`: the host sends no request that writes. Default: false.
    pub(super) dry_run: bool,
    /// The vendor's parameters, decoded, in their order.
    pub(super) query: Vec<(String, String)>,
}

impl Parameters {
    /// Parses a raw query string (without `?`). Every violation goes to `failures`.
    pub(super) fn parse(raw: &str, failures: &mut Failures) -> Self {
        let (mut parameters, mut given) = (Self::default(), Vec::new());
        let mut pairs = raw.split('&').filter(|pair| !pair.is_empty());
        for pair in pairs.by_ref().take(MAX_PAIRS) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                failures.push(Failure::new(Place::Query, "", "must be percent-encoded UTF-8"));
                continue;
            };
            if name != ACCOUNT && !OWN.iter().any(|own| name.starts_with(own)) {
                parameters.query.push((name.into_owned(), value.into_owned()));
            } else if !is_absent(&value) {
                given.push((name.into_owned(), value.into_owned()));
            }
        }
        if pairs.next().is_some() {
            failures.push(Failure::new(Place::Query, "", format_args!("has more than {MAX_PAIRS} parameters")));
        }
        parameters.read_own(&given, failures);
        parameters
    }

    fn read_own(&mut self, given: &[(String, String)], failures: &mut Failures) {
        let mut once = |wanted: &str| {
            let mut values = given.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
            let value = values.next();
            if values.next().is_some() {
                failures.push(Failure::new(Place::Query, wanted, "takes one value and must be given once"));
            }
            value
        };
        let (account, dry_run) = (once(ACCOUNT), once(DRY_RUN));
        self.account = account.and_then(|id| id.parse().ok());
        match (account, self.account) {
            (None, _) => failures.push(Failure::missing(Place::Query, ACCOUNT)),
            (Some(_), None) => failures.push(Failure::new(Place::Query, ACCOUNT, "must be a uuid")),
            (Some(_), Some(_)) => {}
        }
        match dry_run {
            Some(text) if text.eq_ignore_ascii_case("true") => self.dry_run = true,
            Some(text) if !text.eq_ignore_ascii_case("false") => {
                failures.push(Failure::new(Place::Query, DRY_RUN, "must be true or false"));
            }
            _ => {}
        }
        // A misspelt dry run would write.
        let unknown = |name: &&str| name.starts_with("mortise_") && *name != DRY_RUN;
        for name in given.iter().map(|(name, _)| name.as_str()).filter(unknown) {
            let rule = format_args!(
                "is not known: passthrough takes {ACCOUNT} and {DRY_RUN}, and gives the vendor the others"
            );
            failures.push(Failure::new(Place::Query, name, rule));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendor_gets_every_parameter_that_is_not_the_hosts_in_order() {
        let mut failures = Failures::default();
        let id = Uuid::nil();
        let raw = format!("b=2&integrated_account_id={id}&a[]=x+y&truto_region=eu&flag&b=%26&mortise_dry_run=True");
        let parameters = Parameters::parse(&raw, &mut failures);
        assert!(failures.is_empty(), "{failures}");
        let query: Vec<_> = parameters.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(query, [("b", "2"), ("a[]", "x y"), ("flag", ""), ("b", "&")]);
        assert_eq!((parameters.account, parameters.dry_run), (Some(id), true));
    }

    #[test]
    fn every_violation_is_told() {
        for (raw, told) in [
            ("", "query parameter integrated_account_id is required"),
            ("integrated_account_id=7", "query parameter integrated_account_id must be a uuid"),
            ("mortise_dryrun=true", "query parameter mortise_dryrun is not known"),
            ("mortise_dry_run=yes", "query parameter mortise_dry_run must be true or false"),
            ("mortise_dry_run=false&mortise_dry_run=true", "must be given once"),
            ("a=%zz", "the query string must be percent-encoded UTF-8"),
            (&"a&".repeat(257), "the query string has more than 256 parameters"),
        ] {
            let mut failures = Failures::default();
            Parameters::parse(raw, &mut failures);
            assert!(failures.to_string().contains(told), "{raw}: {failures}");
        }
    }
}

//! The checks of every integration for calls on one user: identifiers, and the vendor's statuses.

use http::{HeaderMap, StatusCode};
use mortise::cassette::format::{Call, Request, Response};
use mortise::cassette::{Cassette, Instead, Player};
use mortise_model::Operation;
use serde_json::json;
use serde_json::value::to_raw_value;

/// Identifiers that could lead to the address of something else than the user.
const STRANGE: [&str; 9] = ["", ".", "..", "me", "a/b", "a\\b", "../admin", "a?b=c#d", "%2e%2e"];

/// The calls on one user whose identifier does not stay one segment of the address, one line for each. The identifier
/// can decide which requests such a call makes. Each request must resemble one that a successful call of the operation
/// made at the same position.
pub(crate) async fn with_other_addresses(player: &Player, successes: &[&Cassette], all: &[Cassette]) -> Vec<String> {
    let mut wrong = Vec::new();
    for cassette in successes.iter().filter(|cassette| cassette.call.id.is_some()) {
        let of = |call: &Call| (call.category, call.operation);
        let alike = |other: &&Cassette| of(&other.call) == of(&cassette.call) && other.answer.status.is_success();
        let recorded: Vec<_> = all.iter().filter(alike).map(|other| &other.exchanges).collect();
        for id in STRANGE {
            let call = Call { id: Some(id.to_owned()), ..cassette.call.clone() };
            let observed = player.observe(&Cassette { call, ..Cassette::clone(cassette) }).await.expect("an answer");
            let other = observed.requests.iter().enumerate().find_map(|(place, sent)| {
                let mut there = recorded.iter().filter_map(|exchanges| Some(&exchanges.get(place)?.request)).peekable();
                let first = *there.peek()?;
                (!there.any(|recorded| is_like(recorded, sent))).then_some((first, sent))
            });
            if let Some((recorded, sent)) = other {
                wrong.push(format!(
                    "{}: with the identifier {id:?} it asks for {} {}, and not for an address like {}: write it as `path!(\"/users/{{id}}\")`",
                    cassette.name(),
                    sent.method,
                    sent.path,
                    recorded.path
                ));
            }
        }
    }
    wrong
}

/// Whether an address has the segments of the recorded one. Some of them may have another content.
fn is_like(recorded: &Request, sent: &Request) -> bool {
    let below_first = recorded.is_absolute() && !sent.is_absolute();
    let (recorded, sent): (Vec<_>, Vec<_>) = (recorded.path.split('/').collect(), sent.path.split('/').collect());
    // An integration can send a request by its whole address below the first origin. The recording then has the base
    // path of that origin, and the sent address does not.
    let (recorded, sent) = match below_first {
        true => {
            (recorded.iter().rev().take(sent.len() - 1).rev().copied().collect(), sent.into_iter().skip(1).collect())
        }
        false => (recorded, sent),
    };
    let is_one = |segment: &str| !matches!(segment, "" | "." | "..");
    recorded.len() == sent.len() && recorded.iter().zip(sent).all(|(recorded, sent)| is_one(sent) || *recorded == sent)
}

/// The wrong deletions and reads of one user, one line for each. If the vendor has no such user they must be a 404, and
/// if it refuses they must keep the status.
pub(crate) async fn with_other_statuses(player: &Player, cassettes: &[&Cassette]) -> Vec<String> {
    let mut wrong = Vec::new();
    for cassette in cassettes {
        let instead = match cassette.call.operation {
            Operation::DeleteUser => Instead::FromFirstWrite,
            Operation::GetUser => Instead::Always,
            Operation::CreateUser | Operation::UpdateUser | Operation::ListUsers => continue,
        };
        for (theirs, ours) in [(404, 404), (410, 404), (403, 403), (409, 409)] {
            let answer = instead(refusal(theirs));
            let got = player.answer_instead(cassette, answer).await.expect("an answer").status;
            if got != ours {
                let name = cassette.name();
                wrong.push(format!(
                    "{name}: the vendor's {theirs} becomes {got}, not {ours}: let `send()?` fail with the vendor's status"
                ));
            }
        }
    }
    wrong
}

fn refusal(status: u16) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    let body = Some(to_raw_value(&json!({"message": "Nobody may do that."})).expect("JSON"));
    Response { status, headers: HeaderMap::new(), body }
}

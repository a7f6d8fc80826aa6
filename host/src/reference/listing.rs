//! What readers are told of lists and deletions, in the host's own words with code between backticks.

use crate::plugin::listing::{Effect, End, Listing, Order};

/// Facts of a list: what each is about, and what holds.
pub(super) fn facts(listing: &Listing) -> Vec<(&'static str, String)> {
    let Listing { least, most, usual, .. } = listing;
    let end = match listing.end {
        End::Told => "the vendor tells it",
        End::Total => "known by the number of all users",
        End::Short => "a page with fewer users than asked for",
        End::Whole => "the vendor gives all users at once",
    };
    let order = match listing.order {
        Order::Stable => "stable: no user is missed or comes twice",
        Order::Unstable => {
            "users can move while somebody pages: take each `id` once, and list again what must be complete"
        }
    };
    let page = if listing.end == End::Whole { "users on a page" } else { "users on a page of the vendor" };
    let mut facts = vec![
        (page, format!("{least} to {most}; {usual} without a `limit`")),
        ("end of the list", end.to_owned()),
        ("order", order.to_owned()),
    ];
    facts.extend(listing.cursor_seconds.map(|seconds| ("life of a cursor", format!("{seconds} s at the vendor"))));
    facts.extend(listing.depth.map(|rows| ("depth", format!("the vendor ends after {rows} users"))));
    let several = if listing.combines { "hold together" } else { "one field at a time" };
    facts.push(("several filters", several.to_owned()));
    facts
}

/// What a deletion does to the user.
pub(super) fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Deletes => "the user is gone, and the identifier with it",
        Effect::Deactivates => "the user stays, and can no longer sign in",
        Effect::Trashes => "the user is gone, and can be restored for a while",
        Effect::Unlinks => "the user leaves the organisation or workspace, and stays a user of the vendor",
        Effect::Erases => "the user is gone, and the vendor erases what it holds of the person",
    }
}

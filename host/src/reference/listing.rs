//! The facts of lists and deletions in the host's words, with code between backticks.

use mortise_model::{Effect, End, Order};

use crate::plugin::listing::Listing;

/// The facts of a list: a name and a value each.
pub(super) fn facts(listing: &Listing) -> Vec<(&'static str, String)> {
    let Listing { least, most, usual, .. } = listing;
    let end = match listing.end {
        End::Told => "the vendor says it",
        End::Total => "the host knows it by the number of all users",
        End::Short => "a page with fewer users than the request asked for",
        End::Whole => "the vendor gives all users at once",
    };
    let order = match listing.order {
        Order::Stable => "stable: each user comes once",
        Order::Unstable => {
            "users can move between pages while you page: take each `id` once, and list again if you need every user"
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

/// The effect of a deletion on the user.
pub(super) fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Deletes => "the user is gone, and the identifier with it",
        Effect::Deactivates => "the user stays, and can no longer sign in",
        Effect::Trashes => "the user is gone, and the vendor can restore it for some time",
        Effect::Unlinks => "the user leaves the organisation or workspace, and stays a user of the vendor",
        Effect::Erases => "the user is gone, and the vendor erases its data about the person",
    }
}

//! The last hour on the operator's page: its calls and errors as a chart, and the slowest vendors.

use jiff::Timestamp;
use maud::{Markup, html};

use super::table;
use crate::account::{Activity, Slice};

/// Width of the chart's bars and of the space between two, in its own unit.
const BAR: usize = 8;
const STEP: usize = 10;
/// Height of the chart in its own unit. It is stretched to the height that the stylesheet gives it.
const HEIGHT: u64 = 1_000;

/// Calls and errors. `None`: this host keeps no log of calls. `kept` is how many calls of one account it keeps.
pub(super) fn calls(activity: Option<&Activity>, kept: u64) -> Markup {
    let Some(activity) = activity else {
        return html! {
            p { "There are no numbers, because this host keeps no log of calls (" code { "limits.log_account_entries" } " is 0)." }
        };
    };
    html! {
        @if activity.calls() == 0 {
            p { "No call arrived." }
        } @else {
            (chart(activity))
            details { summary { "The numbers" } (numbers(activity)) }
        }
        p.quiet {
            "From the log of calls of all hosts on this database. It keeps the last " (kept) " calls of an account (" code { "limits.log_account_entries" }
            "), so some calls of busy accounts are not counted here. " code { "/metrics" } " counts every call of this host."
        }
    }
}

/// The bars, with a title and a text that say the same.
fn chart(activity: &Activity) -> Markup {
    let (slices, most) = (&activity.slices, activity.slices.iter().map(|slice| slice.calls).max().unwrap_or_default());
    let sum = |of: fn(&Slice) -> u64| slices.iter().map(of).sum::<u64>();
    let (refused, failed) = (sum(|slice| slice.refused), sum(|slice| slice.failed));
    let served = activity.calls().saturating_sub(refused + failed);
    html! {
        figure.chart {
            svg viewBox={ "0 0 " (STEP * slices.len()) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-labelledby="hour-title" aria-describedby="hour-text" {
                title #hour-title { "Calls of the last hour, five minutes a bar" }
                desc #hour-text {
                    (activity.calls()) " calls: " (served) " served, " (refused) " answered with 4xx, " (failed) " answered with 5xx. "
                    "The most in five minutes: " (most) "."
                }
                @for (place, slice) in slices.iter().enumerate() { (bar(STEP * place + (STEP - BAR) / 2, slice, most)) }
            }
            @if let (Some(first), Some(last)) = (slices.first(), slices.last()) {
                p.axis { span { (clock(first.begins_at)) " UTC" } span { "highest bar: " (most) " calls" } span { (clock(last.begins_at)) " UTC" } }
            }
            figcaption {
                span.key.served { "served: " (served) } " "
                span.key.refused { "4xx, refused by the host or the vendor: " (refused) } " "
                span.key.failed { "5xx, failed: " (failed) }
            }
        }
    }
}

/// One bar: failed calls at its foot, where they are easiest to see, then refused calls, then served calls.
fn bar(x: usize, slice: &Slice, most: u64) -> Markup {
    let wrong = slice.failed + slice.refused;
    let parts =
        [("failed", 0, slice.failed), ("refused", slice.failed, wrong), ("served", wrong, slice.calls.max(wrong))];
    html! {
        @for (class, from, to) in parts.into_iter().filter(|(_, from, to)| from < to) {
            @let (bottom, top) = (height(from, most), height(to, most));
            rect class=(class) x=(x) y=(HEIGHT - top) width=(BAR) height=(top - bottom) {}
        }
    }
}

fn height(calls: u64, most: u64) -> u64 {
    calls.saturating_mul(HEIGHT).checked_div(most).unwrap_or_default().min(HEIGHT)
}

fn numbers(activity: &Activity) -> Markup {
    table(
        "Calls of the last hour",
        &["From (UTC)", "Calls", "4xx", "5xx"],
        &html! {
            @for slice in &activity.slices {
                tr {
                    th scope="row" { (clock(slice.begins_at)) }
                    td { (slice.calls) }
                    td { (slice.refused) }
                    td { (slice.failed) }
                }
            }
        },
    )
}

/// The slowest vendors of the hour.
pub(super) fn slowest(activity: Option<&Activity>) -> Markup {
    let slowest = activity.map(|activity| activity.slowest.as_slice()).unwrap_or_default();
    if slowest.is_empty() {
        return html! { p { "No call of the last hour that is in the log waited for a vendor." } };
    }
    html! {
        p { "How long calls of the last hour waited for their vendor: all requests of a call together, sign-ins and repetitions included." }
        (table(
            "Slowest vendors",
            &["Integration", "Calls", "Half of them within", "95 % within"],
            &html! {
                @for vendor in slowest {
                    tr {
                        th scope="row" { code { (vendor.integration) } }
                        td { (vendor.calls) }
                        td { (span(vendor.median_us)) }
                        td { (span(vendor.p95_us)) }
                    }
                }
            },
        ))
    }
}

/// Milliseconds, or seconds with one digit behind the point.
fn span(micros: u64) -> String {
    match micros / 1_000 {
        0 => "under 1 ms".to_owned(),
        ms if ms < 1_000 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    }
}

/// Hour and minute, in UTC.
fn clock(time: Timestamp) -> Markup {
    html! { time datetime=(time) { (time.strftime("%H:%M").to_string()) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_bar_stand_upon_each_other_and_fill_it() {
        let slice = Slice { begins_at: Timestamp::UNIX_EPOCH, calls: 8, refused: 2, failed: 1 };
        let bar = bar(1, &slice, 16).into_string();
        assert_eq!(
            bar,
            "<rect class=\"failed\" x=\"1\" y=\"938\" width=\"8\" height=\"62\"></rect>\
             <rect class=\"refused\" x=\"1\" y=\"813\" width=\"8\" height=\"125\"></rect>\
             <rect class=\"served\" x=\"1\" y=\"500\" width=\"8\" height=\"313\"></rect>"
        );
    }

    #[test]
    fn a_time_is_read_at_a_glance() {
        for (micros, text) in
            [(999, "under 1 ms"), (1_000, "1 ms"), (999_999, "999 ms"), (1_000_000, "1.0 s"), (12_345_678, "12.3 s")]
        {
            assert_eq!(span(micros), text);
        }
    }
}

//! One field of an integration's form: its control, its help and its failure.

use maud::{Markup, html};
use secrecy::ExposeSecret;

use super::FormView;
use crate::connect::Asked;
use crate::connect::parameters::CONTEXT;
use crate::plugin::capabilities::Variable;
use crate::unified::Failure;

/// Placeholder of a variable in the example of an address.
const EXAMPLE: &str = "your-site";

impl FormView<'_> {
    pub(super) fn field(&self, asked: &Asked<'_>) -> Markup {
        let variable = asked.variable;
        let (id, name) = (field_id(asked), field_name(asked));
        let failure = self.failures.listed().iter().find(|failure| failure.path == name);
        let hint = self.hint(asked);
        let described: Vec<_> = [failure.map(|_| format!("{id}-error")), hint.as_ref().map(|_| format!("{id}-hint"))]
            .into_iter()
            .flatten()
            .collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        html! {
            div.field {
                label for=(id) {
                    (variable.label)
                    @if !asked.is_needed { span.optional { " (optional)" } }
                }
                div.input {
                    @if variable.values.is_empty() { (self.input(asked, failure, described.as_deref())) }
                    @else { (self.select(asked, failure, described.as_deref())) }
                }
                @if let Some(failure) = failure { p.error id={ (id) "-error" } { (rule(failure)) } }
                @if let Some(hint) = hint { p.hint id={ (id) "-hint" } { (hint) } }
            }
        }
    }

    /// A line of text. If the variable is a secret that nobody should see, the line hides its text.
    fn input(&self, asked: &Asked<'_>, failure: Option<&Failure>, described: Option<&str>) -> Markup {
        let variable = asked.variable;
        let (id, name) = (field_id(asked), field_name(asked));
        let value = if variable.secret { None } else { self.value(&variable.name) };
        let is_hidden = variable.secret && !variable.shown;
        html! {
            input id=(id) name=(name) type=(if is_hidden { "password" } else { "text" }) value=[value]
                required[asked.is_needed] autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-invalid=[failure.map(|_| "true")] aria-describedby=[described];
            @if is_hidden {
                button.quiet.show type="button" hidden aria-controls=(id) aria-pressed="false"
                    aria-label={ "Show " (variable.label) } { "Show" }
            }
        }
    }

    /// The choice among the values of a closed set and the value that the account keeps. It begins with the kept value, with the
    /// default, or with no value.
    fn select(&self, asked: &Asked<'_>, failure: Option<&Failure>, described: Option<&str>) -> Markup {
        let variable = asked.variable;
        let chosen = self.value(&variable.name).or(variable.default.as_deref());
        // A newer version of the integration may have declared the set.
        let kept = self.kept(&variable.name).filter(|value| !variable.takes(value));
        html! {
            select id=(field_id(asked)) name=(field_name(asked)) required[asked.is_needed] autocomplete="off"
                aria-invalid=[failure.map(|_| "true")] aria-describedby=[described] {
                @if variable.default.is_none() {
                    option value="" { (if asked.is_needed { "Choose…" } else { "–" }) }
                }
                @for value in kept.into_iter().chain(variable.values.iter().map(String::as_str)) {
                    option value=(value) selected[chosen == Some(value)] { (value) }
                }
            }
        }
    }

    /// The help for a field that the declaration has.
    fn hint(&self, asked: &Asked<'_>) -> Option<String> {
        let variable = asked.variable;
        let default = variable.default.as_ref().filter(|_| variable.values.is_empty());
        let default = default.map(|default| format!("If you leave it empty, it is {default}."));
        // A closed set with a default has no empty value.
        let can_be_empty = variable.values.is_empty() || variable.default.is_none();
        let kept = (asked.is_kept && can_be_empty).then(|| "If you leave it empty, it stays as it is.".to_owned());
        let hints = [variable.help.clone(), self.example(variable), kept.or(default)];
        let hints: Vec<String> = hints.into_iter().flatten().collect();
        (!hints.is_empty()).then(|| hints.join(" "))
    }

    /// An example of an address with the variable. `None` if the variable is the whole host, has a default or a closed
    /// set, or if its label or its help names the host already.
    fn example(&self, variable: &Variable) -> Option<String> {
        let part = [format!("{{{}}}", variable.name), format!("{{{}*}}", variable.name)];
        let has_it = |host: &&str| part.iter().any(|part| host.contains(part.as_str()));
        let hosts = self.capabilities().origins.iter().filter_map(|origin| origin.split('/').nth(2));
        let host = hosts.into_iter().find(has_it)?;
        let (before, after) = part.iter().find_map(|part| host.split_once(part.as_str()))?;
        let is_whole = before.is_empty() && after.is_empty() || [before, after].iter().any(|rest| rest.contains('{'));
        let named = if after.is_empty() { before } else { after };
        let is_named = |text: &str| text.contains(named);
        let is_known = variable.default.is_some()
            || !variable.values.is_empty()
            || is_named(&variable.label)
            || variable.help.as_deref().is_some_and(is_named);
        (!is_whole && !is_known).then(|| format!("Example: for {before}{EXAMPLE}{after} enter {EXAMPLE}."))
    }

    /// The first value of a field; never that of a secret.
    fn value(&self, name: &str) -> Option<&str> {
        let entered = self.sent.and_then(|sent| sent.context.get(name));
        entered.map(|value| value.expose_secret()).or_else(|| self.kept(name))
    }

    /// The value that an account to connect again keeps; never that of a secret.
    fn kept(&self, name: &str) -> Option<&str> {
        self.link.kept()?.context.get(name)?.as_str().filter(|value| !value.is_empty())
    }
}

pub(super) fn field_name(asked: &Asked<'_>) -> String {
    format!("{CONTEXT}{}", asked.variable.name)
}

pub(super) fn field_id(asked: &Asked<'_>) -> String {
    format!("context-{}", asked.variable.name)
}

/// The failure of a field, without the field's path: people know it by its label.
pub(super) fn rule(failure: &Failure) -> &str {
    let rule = failure.message.strip_prefix(failure.path.as_str()).unwrap_or(&failure.message);
    rule.trim_start()
}

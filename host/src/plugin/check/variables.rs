//! The declared variables of an account.

use std::collections::BTreeSet;

use mortise_policy::characters::is_hidden;
use mortise_policy::credential;

use super::{Check, MAX_ENTRIES, is_variable, wit};
use crate::plugin::capabilities::Variable;

/// Longest help below a field of a form, in bytes: two sentences.
const MAX_HELP: usize = 500;

impl Check {
    pub(super) fn variables(&mut self, declared: Vec<wit::Variable>) -> Vec<Variable> {
        let mut names = BTreeSet::new();
        let declared = self.bounded("variables", declared);
        declared
            .into_iter()
            .map(|wit::Variable { name, label, required, secret, default, help, values, shown }| {
                self.require(is_variable(&name), || {
                    format!("variable `{name}`: a name has 1 to 64 lower-case letters, digits and underscores")
                });
                self.require(names.insert(name.clone()), || format!("variable `{name}`: declared twice"));
                self.text("variable label", &label);
                self.text("variable default", default.as_deref().unwrap_or_default());
                self.require(!(secret && default.is_some()), || {
                    format!("variable `{name}`: a secret cannot have a default")
                });
                let is_line = |help: &str| (1..=MAX_HELP).contains(&help.len()) && !help.contains(is_hidden);
                self.require(help.as_deref().is_none_or(is_line), || {
                    format!("variable `{name}`: help has 1 to {MAX_HELP} bytes without control and format characters")
                });
                self.require(secret || !shown, || {
                    format!(
                        "variable `{name}`: only a secret can be declared as shown, because a form always shows the others"
                    )
                });
                let values = self.bounded(&format!("variable `{name}` values"), values);
                let variable = Variable { name, label, required, secret, default, help, values, shown };
                self.closed_set(&variable);
                variable
            })
            .collect()
    }

    fn closed_set(&mut self, variable: &Variable) {
        let Variable { name, secret, default, values, .. } = variable;
        let mut seen = BTreeSet::new();
        for value in values {
            self.text("variable value", value);
            self.require(!value.is_empty() && credential::check(value).is_ok(), || {
                format!("variable `{name}`: the value `{value}` is empty, or begins or ends with a blank")
            });
            self.require(seen.insert(value), || format!("variable `{name}`: the value `{value}` is declared twice"));
        }
        self.require(values.is_empty() || !secret, || {
            format!("variable `{name}`: a secret cannot have a closed set of values")
        });
        self.require(default.as_ref().is_none_or(|default| variable.takes(default)), || {
            format!("variable `{name}`: the default is not one of its values: {}", values.join(", "))
        });
    }

    pub(super) fn variable_sets(&mut self, declared: Vec<Vec<String>>, variables: &[Variable]) -> Vec<Vec<String>> {
        self.require(declared.len() != 1, || {
            "variable-sets: declare the variables of a single set as required instead".into()
        });
        let declared = self.bounded("variable-sets", declared);
        for set in &declared {
            self.require(!set.is_empty(), || "variable-sets: a set is empty".into());
            for name in set.iter().take(MAX_ENTRIES) {
                let variable = variables.iter().find(|variable| variable.name == *name);
                self.require(variable.is_some_and(|v| !v.required && v.default.is_none()), || {
                    format!(
                        "variable-sets: `{name}` must be a declared variable that is not required and has no default"
                    )
                });
            }
        }
        declared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(change: impl FnOnce(&mut wit::Variable)) -> Vec<String> {
        let mut variable = wit::Variable {
            name: "region".to_owned(),
            label: "Region".to_owned(),
            required: true,
            secret: false,
            default: None,
            help: Some("Your profile has it.".to_owned()),
            values: ["us", "eu"].map(str::to_owned).into(),
            shown: false,
        };
        change(&mut variable);
        let mut check = Check { problems: Vec::new() };
        check.variables(vec![variable]);
        check.problems
    }

    #[test]
    fn help_values_and_what_a_form_shows_fit_the_variable() {
        assert!(problems(|_| ()).is_empty());
        assert!(problems(|v| v.default = Some("eu".to_owned())).is_empty());
        assert!(problems(|v| (v.secret, v.shown, v.values) = (true, true, vec![])).is_empty());
        let refused = |named: &str, change: fn(&mut wit::Variable)| {
            let problems = problems(change);
            assert!(problems.iter().any(|problem| problem.contains(named)), "{named}: {problems:?}");
        };
        refused("default is not one of its values: us, eu", |v| v.default = Some("asia".to_owned()));
        refused("a secret cannot have a closed set", |v| v.secret = true);
        refused("only a secret can be declared as shown", |v| v.shown = true);
        refused("`us` is declared twice", |v| v.values.push("us".to_owned()));
        refused("is empty", |v| v.values.push(String::new()));
        refused("begins or ends with a blank", |v| v.values.push(" ca".to_owned()));
        refused("help has 1 to 500 bytes", |v| v.help = Some("x".repeat(501)));
        refused("help has 1 to 500 bytes", |v| v.help = Some(String::new()));
        refused("without control and format characters", |v| v.help = Some("one\ntwo".to_owned()));
        refused("more than 256 entries", |v| v.values = (0..257).map(|n| n.to_string()).collect());
    }

    #[test]
    fn texts_that_change_the_order_of_what_people_read_are_refused() {
        let turned = "a\u{202e}b";
        type Change = fn(&mut wit::Variable, String);
        let changes: [(&str, Change); 4] = [
            ("variable label", |v, text| v.label = text),
            ("without control and format characters", |v, text| v.help = Some(text)),
            ("variable value", |v, text| v.values.push(text)),
            ("variable default", |v, text| (v.values, v.default) = (vec![], Some(text))),
        ];
        for (named, change) in changes {
            let problems = problems(|variable| change(variable, turned.to_owned()));
            assert!(problems.iter().any(|problem| problem.contains(named)), "{named}: {problems:?}");
            assert!(!problems.concat().contains('\u{202e}'), "{problems:?}");
        }
    }
}

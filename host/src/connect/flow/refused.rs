//! The reasons why a person cannot go on, before a flow has begun.

use std::borrow::Cow;

use super::super::parameters::BadParameter;
use super::super::{ErrorType, Failure, Unavailable};
use crate::account::AccountError;
use crate::unified::Failures;

/// The reason why a page refuses a request. Its text is for people.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The browser has sent a request that no vendor and no page of this host makes.
    #[error("The address or the form cannot be read: {0}. Nothing was connected.")]
    Damaged(Cow<'static, str>),
    /// The form does not come from a page of this host.
    #[error("For your protection nothing was done.")]
    Foreign,
    /// The address has no link token.
    #[error("A part of the link is missing. Nothing was changed.")]
    NoLink,
    /// The link token is unknown, used or expired.
    #[error("The link is unknown, expired, or was used already. Nothing was changed.")]
    Link,
    /// The integration cannot be connected.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The integration declares no consent at its vendor.
    #[error("Accounts of {0} are not connected by signing in there.")]
    NoConsent(String),
    /// The entered variables break the integration's rules.
    #[error("These entries cannot be used: {0}.")]
    Invalid(Failures),
    /// The attempt of this id has ended, or belongs to another person.
    #[error("This attempt has ended already. Nothing was changed.")]
    Ended,
    /// Enough accounts of the link wait for the application.
    #[error(
        "This link has been used 20 times within 15 minutes, and none of these accounts is confirmed yet. Nothing was changed."
    )]
    Full,
    /// The attempt of this id has not ended.
    #[error("This attempt has not ended yet.")]
    Pending,
    /// The account is stored, and the vendor has not said yet whether it takes it.
    #[error("The account is stored. Whether it works is being checked.")]
    Unchecked,
    /// No flow has this state.
    #[error(
        "This sign-in is not known here, or it began more than 15 minutes ago. Nothing was connected by opening this page."
    )]
    UnknownState,
    /// The state has been used.
    #[error("This sign-in has come back before, and works only once. Nothing was changed by opening this page again.")]
    Replayed,
    /// The browser does not hold the flow's cookie.
    #[error("This browser did not begin this sign-in, so it cannot end it. Nothing was connected.")]
    ForeignBrowser,
    /// The host failed.
    #[error("The service could not do this now. Nothing was stored.")]
    Host(#[from] AccountError),
}

impl From<BadParameter> for Refused {
    fn from(error: BadParameter) -> Self {
        Self::Damaged(error.to_string().into())
    }
}

impl Refused {
    /// The heading of the page.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "This cannot be read",
            Self::Foreign => "This form was not sent from its own page",
            Self::NoLink => "This address is not complete",
            Self::Link => "This link cannot be used",
            Self::Unavailable(unavailable) => unavailable.title(),
            Self::NoConsent(_) => "This integration cannot be connected",
            Self::Invalid(_) => "This does not work yet",
            Self::Ended | Self::Replayed => "This is over already",
            Self::Full => "This link was used too often",
            Self::Pending | Self::Unchecked => "This is not over yet",
            Self::UnknownState => "This sign-in is not known",
            Self::ForeignBrowser => "This is not the browser that began",
            Self::Host(_) => "Something went wrong here",
        }
    }

    /// Advice for the person. `operator` is the name of the operator, whose application has sent the person here.
    pub fn next(&self, operator: &str) -> String {
        match self {
            Self::Foreign => format!("Go back to {operator}, open the page again, and send the form from there."),
            Self::NoLink => format!("Go back to {operator} and open the page from there, or copy the whole link."),
            Self::Link => format!("Go back to {operator} and ask for a new link."),
            Self::Unavailable(unavailable) => unavailable.next(operator),
            Self::NoConsent(_) => "Go back to the form and enter the credentials.".to_owned(),
            Self::Invalid(_) => "Go back to the form and correct it.".to_owned(),
            Self::Pending => "Go on in the window in which you sign in. This page then tells how it ended.".to_owned(),
            Self::Unchecked => "Wait: this page tells in a moment how it ended.".to_owned(),
            Self::Replayed => "Close this page. The page that you came from tells how it ended.".to_owned(),
            Self::Damaged(_) | Self::Ended | Self::Full | Self::UnknownState => {
                format!("Go back to {operator} and try again.")
            }
            Self::ForeignBrowser => format!(
                "If you did not start it yourself, close this page. If you did, allow cookies for this site, go back to {operator} and \
                 try again."
            ),
            Self::Host(_) => "Try again in a moment.".to_owned(),
        }
    }

    /// The kind for browser SDKs.
    pub fn error_type(&self) -> ErrorType {
        match self {
            Self::NoLink | Self::Link => ErrorType::InvalidToken,
            Self::Unavailable(_) | Self::NoConsent(_) => ErrorType::InvalidIntegration,
            _ => ErrorType::ConnectionError,
        }
    }

    /// The failure of an attempt that cannot begin although its link token is valid. `None` if it can still begin, has
    /// ended already, or the host failed.
    pub(super) fn failure(&self) -> Option<Failure> {
        let failure = || Failure::new(self.error_type(), self.to_string());
        match self {
            Self::Unavailable(Unavailable::NotLoaded(_) | Unavailable::NotSetUp { .. }) => {
                Some(failure().of_operator())
            }
            Self::Unavailable(Unavailable::NotAllowed(_)) | Self::NoConsent(_) | Self::Damaged(_) | Self::Full => {
                Some(failure())
            }
            _ => None,
        }
    }
}

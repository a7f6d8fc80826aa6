//! Tableau: a sign-in with nested JSON. Its answer has the token for the vendor's own header, and the site for the
//! paths.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Exchange, Variable};
use sample::secret;

sample::signs_in!(|declared| declared
    .origin("https://{pod}.online.tableau.com/api/3.26")
    .variable(Variable::new("pod", "Pod"))
    .variable(Variable::new("site", "Site"))
    .variable(secret("pat_name"))
    .variable(secret("pat_secret"))
    .auth(
        Auth::header("x-tableau-auth", "{token}").exchange(
            Exchange::new("https://{pod}.online.tableau.com/api/3.26/auth/signin")
                .json()
                .field("credentials.personalAccessTokenName", "{pat_name}")
                .field("credentials.personalAccessTokenSecret", "{pat_secret}")
                .field("credentials.site.contentUrl", "{site}")
                .brings("token", "/credentials/token")
                .tells("site_id", "/credentials/site/id")
                .lifetime("/credentials/estimatedTimeToExpiration")
                .lives(7_200),
        )
    ));

//! DriveWealth: the customers of a broker's partner, which its API calls users, as directory users.
//!
//! - Create, update, get: <https://developer.drivewealth.com/apis/v1.80.0/reference/users>
//! - Errors: <https://developer.drivewealth.com/apis/v1.83.0/reference/errors>
//! - The API as OpenAPI: <https://github.com/api-evangelist/drivewealth/blob/main/openapi/_original/drivewealth-rest-openapi.yml>
//!
//! From memory are `approvedWhen`, what begins the codes of errors, and the words of `status` but `PENDING` and `APPROVED`, which are those of an older API.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Error, EvidenceKind, Exchange, Field, FieldExt, Id, Integration,
    JsonType, Map, Path, Phone, Result, Status, Support, Text, User, UserExt, Value, Variable,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct DriveWealth;

impl Integration for DriveWealth {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .writable(["first_name", "last_name"])
                .note("name", "split into first and last name, if these are not given")
                .note("emails", "the primary address: DriveWealth has one")
                .note("phones", "one: the phone, else the mobile; its digits are sent")
                .ignored([("status", "DriveWealth sets it")])
        };
        Capabilities::new("drive-wealth", "Drive Wealth")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://bo-api.drivewealth.net/back-office")
            .origin("https://bo-api.drivewealth.io/back-office")
            .variable(
                Variable::new("domain", "Environment")
                    .values(["drivewealth.net", "drivewealth.io"])
                    .help("drivewealth.net is production, and drivewealth.io the sandbox.")
                    .or("drivewealth.net"),
            )
            .variable(Variable::secret("client_id", "Client ID").shown())
            .secret("client_secret", "Client secret")
            .secret("app_key", "App key")
            .auth(
                Auth::header("authorization", "Bearer {access_token}").and("dw-client-app-key", "{app_key}").exchange(
                    Exchange::new("https://bo-api.{domain}/back-office/auth/tokens")
                        .json()
                        .field("clientID", "{client_id}")
                        .field("clientSecret", "{client_secret}")
                        .brings("access_token", "/access_token")
                        .lifetime("/expires_in"),
                ),
            )
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "phones", "status"])
            .response(Category::UserDirectory, ["identifiers", "created_at", "updated_at", "activated_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails", "phones", "country"])
                    .own("country", JsonType::String)
                    .note("country", "three letters of ISO 3166, such as USA")
                    .values("languages", ["en_US", "zh_CN", "es_ES", "pt_BR"])
                    .note("languages", "the first; without it en_US")
                    .values("user_type", ["INDIVIDUAL_TRADER", "CUSTODIAL"])
                    .note("user_type", "without it INDIVIDUAL_TRADER"),
            )
            .serves(writes(Support::update(Category::UserDirectory)))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let data = BasicInfo {
            first_name: first_name.required("first_name")?.into(),
            last_name: last_name.required("last_name")?.into(),
            email_address: user.primary_email().required("emails")?.into(),
            phone: digits(&user)?.required("phones")?.into(),
            country: Field::from(user.extra.get("country").and_then(Value::as_str).map(str::to_owned)),
            language: user.language().or("en_US".into()).required("languages")?.into(),
        };
        let user_type = user.user_type.into_value().unwrap_or_else(|| "INDIVIDUAL_TRADER".to_owned());
        let new = NewUser { user_type, documents: [Document::basic_info(data)] };
        call.post(api(call)?).json(&new).primary().send()?.user::<Customer>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let data = BasicInfo {
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
            email_address: user.primary_email().not_null("emails")?,
            phone: digits(&user)?.not_null("phones")?,
            ..BasicInfo::default()
        };
        let change = Change { documents: [Document::basic_info(data)] };
        call.patch(api(call)?.push(id)).json(&change).primary().send()?.user_in_or_root::<Customer>("user")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(api(call)?.push(id)).primary().send()?.user_in_or_root::<Customer>("user")
    }
}

/// The users of the account's environment.
fn api(call: &Call) -> Result<Path> {
    call.address("https://bo-api.{domain}/back-office/users")
}

/// The digits of the one number that DriveWealth keeps.
fn digits(user: &User) -> Result<Field<String>> {
    let digits = user.phone_number().map(|number| number.chars().filter(char::is_ascii_digit).collect::<String>());
    if digits.as_deref() == Field::Value("") {
        return Err(Error::invalid_input("must be a number with digits").at("phones"));
    }
    Ok(digits)
}

/// Body of `POST /users`. Further documents are the caller's to add as `remote_data`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    user_type: String,
    documents: [Document; 1],
}

/// Body of `PATCH /users/{userID}`.
#[derive(Serialize)]
struct Change {
    documents: [Document; 1],
}

#[derive(Serialize)]
struct Document {
    #[serde(rename = "type")]
    kind: &'static str,
    data: BasicInfo,
}

impl Document {
    fn basic_info(data: BasicInfo) -> Self {
        Self { kind: "BASIC_INFO", data }
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct BasicInfo {
    first_name: Field<String>,
    last_name: Field<String>,
    email_address: Field<String>,
    phone: Field<String>,
    country: Field<String>,
    language: Field<String>,
}

/// The user in DriveWealth's answers. That of a creation has documents in place of names, address and phone.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    id: Option<Id>,
    display_name: Text,
    first_name: Text,
    last_name: Text,
    /// The vendor's spelling of `lastName` in most answers.
    lastname: Text,
    email: Text,
    phone: Text,
    status: Option<Word>,
    id_no: Text,
    #[serde(rename = "wlpID")]
    wlp_id: Text,
    #[serde(rename = "parentIBID")]
    parent: Option<Parent>,
    referral_code: Text,
    created_when: Text,
    updated_when: Text,
    approved_when: Text,
    documents: Option<Vec<DocumentRead>>,
}

#[derive(Deserialize)]
struct DocumentRead {
    #[serde(rename = "type")]
    kind: Text,
    data: Option<BasicInfoRead>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BasicInfoRead {
    first_name: Text,
    last_name: Text,
    email_address: Text,
    phone: Text,
}

#[derive(Deserialize)]
struct Word {
    name: Text,
}

#[derive(Deserialize)]
struct Parent {
    id: Text,
}

impl From<Customer> for User {
    fn from(customer: Customer) -> Self {
        let status = customer.status.and_then(|status| status.name.into_option()).map(|word| match word.as_str() {
            "APPROVED" => Status::Active,
            // Neither active nor inactive: it stays as it is.
            "PENDING" => Status::Other(word),
            _ => Status::Inactive,
        });
        let parent = customer.parent.map(|parent| parent.id).unwrap_or_default();
        let known = [
            ("idNo", customer.id_no),
            ("wlpID", customer.wlp_id),
            ("parentIBID", parent),
            ("referralCode", customer.referral_code),
        ];
        let mut identifiers = Map::new();
        for (kind, text) in known {
            if let Some(text) = text.into_option() {
                identifiers.insert(kind.to_owned(), text.into());
            }
        }
        let mut documents = customer.documents.into_iter().flatten();
        let info = documents.find(|document| document.kind.as_deref() == Some("BASIC_INFO"));
        let info = info.and_then(|document| document.data).unwrap_or_default();
        let named = User::named(
            customer.first_name.or(info.first_name),
            customer.lastname.or(customer.last_name).or(info.last_name),
        );
        User {
            id: customer.id.into(),
            name: Field::from(customer.display_name).or(named.name),
            first_name: named.first_name,
            last_name: named.last_name,
            emails: Email::only(customer.email.or(info.email_address)),
            phones: Phone::main_and_mobile(customer.phone.or(info.phone), Text::default()),
            status: status.into(),
            identifiers: Some(identifiers).filter(|identifiers| !identifiers.is_empty()).into(),
            created_at: customer.created_when.into(),
            updated_at: customer.updated_when.into(),
            activated_at: customer.approved_when.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(DriveWealth);

#[cfg(test)]
mod tests;

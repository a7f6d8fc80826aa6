//! Which member of a vendor's user is which field of the unified one, by name and type.

use serde_json::{Map, Value, json};

use super::example::example;
use super::shape::{Kind, Member, Shape};
use super::words::folded;
use super::{CATEGORY, DraftError};

/// A field of the unified user, and how to read it from the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Id,
    ExternalId,
    /// A text of the unified user.
    Text(&'static str),
    Email,
    Phone,
    Mobile,
    Language,
    /// A flag of users who can work.
    Active,
    /// The status as a word.
    Status,
    /// A flag of users who cannot.
    Inactive,
    Roles,
    Time(&'static str),
    Flag(&'static str),
    Password,
}

/// The names of vendors for each field, in letters and digits only, the plainest first.
const KNOWN: [(Target, &[&str]); 27] = [
    (Target::Id, &["id", "userid", "memberid", "agentid", "adminid", "personid", "staffid", "uid", "uuid", "guid"]),
    (Target::ExternalId, &["externalid"]),
    (Target::Email, &["email", "emailaddress", "mail", "primaryemail", "workemail", "useremail", "emails"]),
    (Target::Text("username"), &["username", "login", "loginname", "userlogin"]),
    (Target::Text("name"), &["name", "fullname", "displayname", "realname"]),
    (Target::Text("first_name"), &["firstname", "givenname", "first", "forename"]),
    (Target::Text("last_name"), &["lastname", "familyname", "surname", "last"]),
    (Target::Phone, &["phone", "phonenumber", "telephone", "workphone", "officephone", "businessphone"]),
    (Target::Mobile, &["mobile", "mobilephone", "cellphone", "mobilephonenumber", "mobilenumber", "cell"]),
    (
        Target::Text("avatar"),
        &[
            "avatar",
            "avatarurl",
            "picture",
            "profilepicture",
            "pictureurl",
            "photo",
            "photourl",
            "icon",
            "image",
            "imageurl",
        ],
    ),
    (Target::Text("title"), &["title", "jobtitle", "position"]),
    (Target::Text("bio"), &["bio", "about"]),
    (Target::Text("timezone"), &["timezone", "tz", "usertimezone"]),
    (Target::Language, &["language", "locale", "lang", "preferredlanguage", "userlocale"]),
    (Target::Text("user_type"), &["usertype", "accounttype"]),
    (Target::Active, &["active", "isactive", "enabled", "isenabled", "activeflag"]),
    (Target::Status, &["status", "state", "userstatus", "accountstatus"]),
    (
        Target::Inactive,
        &[
            "disabled",
            "isdisabled",
            "suspended",
            "issuspended",
            "deactivated",
            "isdeactivated",
            "locked",
            "blocked",
            "archived",
            "inactive",
        ],
    ),
    (Target::Roles, &["role", "roles", "userrole", "roleid", "rolename", "roleids"]),
    (
        Target::Flag("is_2fa_enabled"),
        &[
            "twofactorauthenabled",
            "twofactorenabled",
            "twofactorauthenticationenabled",
            "mfaenabled",
            "is2faenabled",
            "has2fa",
        ],
    ),
    (Target::Flag("is_email_verified"), &["emailverified", "isemailverified", "verified", "isverified", "confirmed"]),
    (
        Target::Time("created_at"),
        &[
            "createdat",
            "created",
            "creationdate",
            "createddate",
            "datecreated",
            "createdon",
            "createdtime",
            "createddatetime",
            "dateadded",
        ],
    ),
    (
        Target::Time("updated_at"),
        &[
            "updatedat",
            "updated",
            "modifiedat",
            "modified",
            "updateddate",
            "modifieddate",
            "lastmodified",
            "dateupdated",
            "updatedon",
            "lastupdated",
            "lastmodifieddate",
            "updateddatetime",
        ],
    ),
    (
        Target::Time("last_login_at"),
        &[
            "lastloginat",
            "lastlogin",
            "loggedinat",
            "lastsigninat",
            "lastsignin",
            "lastloginon",
            "lastlogintime",
            "lastlogindate",
        ],
    ),
    (
        Target::Time("last_active_at"),
        &["lastactiveat", "lastactive", "lastactivity", "lastactivityat", "lastactivityon", "lastseen", "lastseenat"],
    ),
    (Target::Time("activated_at"), &["activatedat", "confirmedat"]),
    (Target::Password, &["password"]),
];

impl Target {
    /// The field of the canonical user.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ExternalId => "external_id",
            Self::Text(member) | Self::Time(member) | Self::Flag(member) => member,
            Self::Email => "emails",
            Self::Phone | Self::Mobile => "phones",
            Self::Language => "languages",
            Self::Active | Self::Status | Self::Inactive => "status",
            Self::Roles => "roles",
            Self::Password => "password",
        }
    }

    /// Whether callers get it.
    pub(super) fn is_answered(self) -> bool {
        CATEGORY.response_fields().contains(&self.member())
    }

    /// Whether callers can set it.
    pub(super) fn is_asked(self) -> bool {
        self != Self::Id && !matches!(self, Self::Time(_)) && CATEGORY.request_fields().contains(&self.member())
    }

    /// Whether a value of this kind can be read as it.
    fn reads(self, shape: &Shape<'_>) -> Result<bool, DraftError> {
        let kind = shape.kind();
        Ok(match self {
            Self::Id | Self::ExternalId => matches!(kind, Kind::Text | Kind::Integer | Kind::Number),
            Self::Email => kind == Kind::Text || is_list_of(shape, &[Kind::Text])?,
            Self::Text(_) | Self::Phone | Self::Mobile | Self::Language | Self::Status | Self::Password => {
                kind == Kind::Text
            }
            Self::Active | Self::Inactive | Self::Flag(_) => kind == Kind::Boolean,
            Self::Roles => match kind {
                Kind::Text | Kind::Integer => true,
                Kind::Object => names_roles(shape)?,
                Kind::List => match shape.items()? {
                    Some(item) if item.kind() == Kind::Object => names_roles(&item)?,
                    Some(item) => matches!(item.kind(), Kind::Text | Kind::Integer),
                    None => false,
                },
                _ => false,
            },
            Self::Time(_) => kind == Kind::Integer || kind == Kind::Text && shape.text("format") != Some("date"),
        })
    }

    /// Whether a value of this kind can be written from it.
    fn writes(self, shape: &Shape<'_>) -> Result<bool, DraftError> {
        Ok(match self {
            Self::Roles => shape.kind() == Kind::Text || is_list_of(shape, &[Kind::Text])?,
            // A caller has four words, and the vendor must know one of them.
            Self::Status => {
                let known = shape.constants();
                shape.kind() == Kind::Text && (known.is_empty() || known.iter().any(|word| *word == "active"))
            }
            _ => self.reads(shape)?,
        })
    }

    /// The vendor's value for it, in the vendor's form. People are invented, even if the document has examples.
    pub(super) fn sample(self, shape: &Shape<'_>) -> Result<Value, DraftError> {
        let kind = shape.kind();
        if kind == Kind::List && self != Self::Roles {
            return Ok(json!([self.sample_text(shape)]));
        }
        Ok(match self {
            Self::Id | Self::ExternalId => sample_id(shape),
            Self::Active => true.into(),
            Self::Inactive => false.into(),
            Self::Flag(member) => (member == "is_email_verified").into(),
            Self::Roles => sample_role(shape)?,
            Self::Time(_) if kind == Kind::Integer => 1_768_469_400_000_u64.into(),
            _ => self.sample_text(shape).into(),
        })
    }

    fn sample_text(self, shape: &Shape<'_>) -> String {
        let of_document = || {
            let told = shape.constants().into_iter().chain(shape.schema.get("example")).find_map(Value::as_str);
            told.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let invented = match self {
            Self::Email => "ada@example.com",
            Self::Text("name") => "Ada Example",
            Self::Text("first_name") => "Ada",
            Self::Text("last_name") => "Example",
            Self::Text("username") if shape.text("format") == Some("email") => "ada@example.com",
            Self::Text("username") => "ada.example",
            Self::Text("avatar") => "https://files.example.com/ada.png",
            Self::Text("bio") => "Writes about engines.",
            Self::Phone => "+15555550100",
            Self::Mobile => "+15555550101",
            Self::Password => "placeholder-Passw0rd",
            Self::Time(_) => "2026-01-15T09:30:00Z",
            Self::Status => {
                let known = shape.constants();
                let active =
                    known.iter().find(|word| word.as_str().is_some_and(|word| word.eq_ignore_ascii_case("active")));
                let word = active.or(known.first()).and_then(|word| word.as_str());
                return word.unwrap_or("active").to_owned();
            }
            Self::Text("title") => return of_document().unwrap_or_else(|| "Engineer".to_owned()),
            Self::Text("timezone") => return of_document().unwrap_or_else(|| "Europe/Copenhagen".to_owned()),
            Self::Language => return of_document().unwrap_or_else(|| "en".to_owned()),
            _ => return of_document().unwrap_or_else(|| "member".to_owned()),
        };
        invented.to_owned()
    }

    /// Puts the value that the draft's mapping makes of a vendor's value into a canonical user.
    pub(super) fn read_into(self, value: &Value, user: &mut Map<String, Value>) {
        let first = value.as_array().map_or(value, |values| values.first().unwrap_or(&Value::Null));
        let mapped = match self {
            Self::Id | Self::ExternalId => text_of(value).into(),
            Self::Email => json!([{"email": first, "is_primary": true}]),
            Self::Phone => json!([{"number": value, "type": "phone"}]),
            Self::Mobile => json!([{"number": value, "type": "mobile"}]),
            Self::Language => json!([value]),
            Self::Active => (if *value == true { "active" } else { "inactive" }).into(),
            Self::Inactive => (if *value == true { "inactive" } else { "active" }).into(),
            Self::Roles => {
                value.as_array().map_or_else(|| vec![role(value)], |roles| roles.iter().map(role).collect()).into()
            }
            Self::Time(_) if value.is_number() => "2026-01-15T09:30:00Z".into(),
            Self::Text(_) | Self::Status | Self::Time(_) | Self::Flag(_) => value.clone(),
            Self::Password => return,
        };
        match (user.get_mut(self.member()), mapped) {
            // A main number and a mobile one are two entries of one list.
            (Some(Value::Array(known)), Value::Array(more)) if self == Self::Mobile => known.extend(more),
            (_, mapped) => drop(user.insert(self.member().to_owned(), mapped)),
        }
    }

    /// Puts the caller's value into a body, so that the vendor gets `value`.
    pub(super) fn ask(self, value: &Value, body: &mut Map<String, Value>) {
        match self {
            Self::Email => {
                let first = value.as_array().and_then(|values| values.first()).unwrap_or(value);
                body.insert("emails".to_owned(), json!([{"email": first}]));
            }
            Self::Roles => {
                let roles = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                body.insert("roles".to_owned(), roles.into());
            }
            Self::Password => drop(body.insert("password".to_owned(), value.clone())),
            _ => self.read_into(value, body),
        }
    }
}

/// The members that have a field of the unified user, with that field: the members that `fits` accepts, at most one for
/// each field.
fn choose<'m, 'a>(
    members: &'m [Member<'a>],
    fits: impl Fn(Target, &Member<'a>) -> Result<bool, DraftError>,
) -> Result<Vec<(&'m Member<'a>, Target)>, DraftError> {
    let mut chosen: Vec<(&Member<'a>, Target)> = Vec::new();
    for (target, names) in KNOWN {
        if target.member() == "status" && chosen.iter().any(|(_, known)| known.member() == "status") {
            continue;
        }
        for name in names {
            let mut named = members.iter().filter(|member| folded(&member.name) == *name);
            let Some(member) = named.next() else { continue };
            let is_taken = chosen.iter().any(|(known, _)| known.name == member.name);
            if !is_taken && fits(target, member)? {
                chosen.push((member, target));
                if target != Target::Inactive {
                    break;
                }
            }
        }
    }
    Ok(chosen)
}

/// The fields that can be read from an object.
pub(super) fn readable<'m, 'a>(members: &'m [Member<'a>]) -> Result<Vec<(&'m Member<'a>, Target)>, DraftError> {
    choose(members, |target, member| {
        Ok(target.is_answered() && !member.is_write_only && target.reads(&member.shape)?)
    })
}

/// The fields that can be written to an object.
pub(super) fn writable<'m, 'a>(members: &'m [Member<'a>]) -> Result<Vec<(&'m Member<'a>, Target)>, DraftError> {
    let mut chosen = choose(members, |target, member| {
        Ok(target.is_asked() && !member.is_read_only && target.writes(&member.shape)?)
    })?;
    // One flag is enough. If there are several, the author must choose.
    let mut has_status = false;
    chosen.retain(|(_, target)| target.member() != "status" || !std::mem::replace(&mut has_status, true));
    Ok(chosen)
}

fn is_list_of(shape: &Shape<'_>, kinds: &[Kind]) -> Result<bool, DraftError> {
    let item = if shape.kind() == Kind::List { shape.items()? } else { None };
    Ok(item.is_some_and(|item| kinds.contains(&item.kind())))
}

/// Whether such objects say which role they are.
fn names_roles(shape: &Shape<'_>) -> Result<bool, DraftError> {
    let is_told = |member: &Member<'_>| {
        ["id", "_id", "name"].contains(&member.name.as_str())
            && matches!(member.shape.kind(), Kind::Text | Kind::Integer)
    };
    Ok(shape.members()?.iter().any(is_told))
}

/// An identifier from the document, if it can be part of a path.
fn sample_id(shape: &Shape<'_>) -> Value {
    let is_plain = |text: &str| {
        (1..=64).contains(&text.len())
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    match (shape.schema.get("example"), shape.kind()) {
        (Some(Value::String(text)), Kind::Text) if is_plain(text) => text.as_str().into(),
        (Some(Value::Number(number)), Kind::Integer) if number.as_u64().is_some_and(|number| number > 0) => {
            number.clone().into()
        }
        (_, Kind::Text) if shape.text("format") == Some("uuid") => "6f1c2d3e-0000-4000-8000-000000000007".into(),
        (_, Kind::Text) => "7".into(),
        _ => 7.into(),
    }
}

fn sample_role(shape: &Shape<'_>) -> Result<Value, DraftError> {
    Ok(match shape.kind() {
        Kind::List => match shape.items()? {
            Some(item) => json!([sample_role(&item)?]),
            None => json!([]),
        },
        Kind::Object => {
            let mut role = example(shape)?;
            for member in shape.members()? {
                if let ("id" | "_id" | "name", Value::Object(role)) = (member.name.as_str(), &mut role) {
                    role.insert(member.name.clone(), sample_word(&member.shape, "member"));
                }
            }
            role
        }
        _ => sample_word(shape, "member"),
    })
}

/// A word or number of the document, or one like it.
fn sample_word(shape: &Shape<'_>, invented: &str) -> Value {
    let told = shape.constants().into_iter().chain(shape.schema.get("example"));
    match shape.kind() {
        Kind::Integer => told.filter_map(Value::as_u64).next().unwrap_or(3).into(),
        _ => told.filter_map(Value::as_str).find(|text| !text.is_empty()).unwrap_or(invented).into(),
    }
}

/// The text of a text or a number.
pub(super) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A role for the SDK: an object's identifier and name, or a word that is both.
fn role(value: &Value) -> Value {
    let member = |name: &str| value.get(name).map(text_of);
    match (member("id").or(member("_id")), member("name")) {
        _ if !value.is_object() => json!({"id": text_of(value), "name": text_of(value)}),
        (None, Some(name)) => json!({"id": name, "name": name}),
        (Some(id), None) => json!({"id": id}),
        (id, name) => json!({"id": id, "name": name}),
    }
}

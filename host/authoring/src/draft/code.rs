//! A plan as the sources of an integration.

use super::fields::Target;
use super::operation::{Body, Encoding, Read, Record, Route};
use super::paging::{End, Paging, Style};
use super::plan::{Drafted, Plan};
use super::resource::Role;
use super::shape::{Kind, Member};
use super::todo::one_line;
use super::words::{camel, pascal, snake};
use super::{CATEGORY, Names};

/// The names of the SDK that the sources may use.
const SDK: [&str; 35] = [
    "Auth",
    "Authorization",
    "Call",
    "Capabilities",
    "Category",
    "DateTime",
    "Effect",
    "Email",
    "End",
    "Exchange",
    "Field",
    "FieldExt",
    "Flag",
    "Id",
    "Integration",
    "ListExt",
    "Listing",
    "Millis",
    "Page",
    "Password",
    "Phone",
    "Resource",
    "Result",
    "Roles",
    "Status",
    "Support",
    "Text",
    "User",
    "UserExt",
    "UsersPage",
    "Variable",
    "JSON_API",
    "numeric_id",
    "path",
    "scim",
];

/// Methods of the SDK's traits, which are imported with them.
const METHODS: [(&str, &str); 8] = [
    (".required(\"", "FieldExt"),
    (".not_null(", "FieldExt"),
    (".single(", "ListExt"),
    (".role_words(", "UserExt"),
    (".language(", "UserExt"),
    (".main_phone(", "UserExt"),
    (".mobile_phone(", "UserExt"),
    ("path!(", "path"),
];

/// Places of a TODO that are not operations.
const OF_ALL: [&str; 4] = ["category", "servers", "security", "operations"];

/// `src/lib.rs`. rustfmt formats it.
pub(super) fn write(plan: &Plan<'_>, names: &Names<'_>) -> String {
    let operations: Vec<_> = plan.operations.iter().map(|(role, drafted)| operation(plan, *role, drafted)).collect();
    let integration = format!(
        "/// The integration.\npub struct {name};\n\nimpl Integration for {name} {{\n{}\n{}}}\n",
        capabilities(plan, names),
        operations.join("\n"),
        name = names.type_name,
    );
    let code = integration + &structs(plan);
    let end = format!("\nmortise_sdk::export!({});\n", names.type_name);
    [head(plan), imports(&code), code, end].concat()
}

/// `README.md`.
pub(super) fn readme(plan: &Plan<'_>, names: &Names<'_>) -> String {
    let operations: String = plan
        .operations
        .iter()
        .map(|(role, drafted)| format!("| {} | `{}` |\n", role.verb(), drafted.route.place))
        .collect();
    include_str!("../../templates/draft/README.md")
        .replace("{{operations}}", &operations)
        .replace("{{slug}}", names.slug)
        .replace("{{label}}", &plan.label)
}

fn head(plan: &Plan<'_>) -> String {
    let mut head =
        format!("//! {}: its users as {CATEGORY} users, drafted from \"{}\".\n//!\n", plan.label, plan.title);
    for (role, drafted) in &plan.operations {
        let verb = role.verb();
        head.push_str(&format!("//! - {}: `{}`\n", super::words::capitalised(verb), drafted.route.place));
    }
    let is_drafted = |place: &str| plan.operations.values().any(|drafted| drafted.route.place == place);
    let others = plan.todos.comments(|place| !OF_ALL.contains(&place) && !is_drafted(place));
    let end = if others.is_empty() { "" } else { "\n" };
    format!("{head}//!\n//! TODO: name the pages of the vendor's documentation here.\n\n{others}{end}")
}

/// The names that the code has from the SDK and from serde.
fn imports(code: &str) -> String {
    let code = without_prose(code);
    let tokens: Vec<_> = code.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let methods = METHODS.iter().filter(|(method, _)| code.contains(method)).map(|(_, name)| *name);
    let named = SDK.into_iter().filter(|name| *name != "path" && tokens.contains(name));
    let mut names: Vec<_> = named.chain(methods).collect();
    names.sort_unstable();
    names.dedup();
    let derived: Vec<_> = ["Deserialize", "Serialize"].into_iter().filter(|name| tokens.contains(name)).collect();
    let serde = match derived.as_slice() {
        [] => String::new(),
        [one] => format!("use serde::{one};\n"),
        several => format!("use serde::{{{}}};\n", several.join(", ")),
    };
    format!("use mortise_sdk::{{{}}};\n{serde}\n", names.join(", "))
}

/// Code without its comments and the insides of its texts.
fn without_prose(code: &str) -> String {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split('"').step_by(2).chain(["\n"])).collect::<Vec<_>>().join("\"")
}

fn capabilities(plan: &Plan<'_>, names: &Names<'_>) -> String {
    let mut code =
        format!("Capabilities::new({:?}, {:?})\n.origin({:?})\n", names.slug, plan.label, plan.server.origin);
    for origin in &plan.signing.origins {
        code.push_str(&format!(".origin({origin:?})\n"));
    }
    for variable in plan.variables() {
        let label = one_line(&variable.label);
        let label: String = super::words::capitalised(&label).chars().take(80).collect();
        let values: Vec<_> = variable.values.iter().map(|value| format!("{value:?}")).collect();
        let values = if values.is_empty() { String::new() } else { format!(".values([{}])", values.join(", ")) };
        code.push_str(&format!(".variable(Variable::new({:?}, {label:?}){values})\n", variable.name));
    }
    for (name, label) in &plan.signing.secrets {
        let label = super::words::capitalised(label);
        code.push_str(&match plan.signing.is_choice() {
            true => format!(".variable(Variable::secret({name:?}, {label:?}).optional())\n"),
            false => format!(".secret({name:?}, {label:?})\n"),
        });
    }
    code.extend(plan.signing.auth.iter().map(|auth| format!(".auth({auth})\n")));
    code.extend(plan.signing.oauth.iter().map(|exchange| format!(".oauth({exchange})\n")));
    if plan.operations.keys().any(|role| *role != Role::Delete) {
        code.push_str(&format!(".response(Category::UserDirectory, {})\n", texts(&plan.answer())));
    }
    code.extend(plan.operations.iter().map(|(role, drafted)| format!(".serves({})\n", support(plan, *role, drafted))));
    let todos = plan.todos.comments(|place| OF_ALL.contains(&place));
    format!("fn capabilities() -> Capabilities {{\n{todos}{code}}}\n")
}

fn support(plan: &Plan<'_>, role: Role, drafted: &Drafted<'_>) -> String {
    const OF: &str = "Category::UserDirectory";
    let mut code = match role {
        Role::Create => format!("Support::create({OF})"),
        Role::Update => format!("Support::update({OF})"),
        Role::Get => format!("Support::get({OF})"),
        Role::List => format!("Support::list({OF}, {})", drafted.paging.as_ref().map(listing).unwrap_or_default()),
        Role::Delete => return format!("Support::delete({OF}, Effect::Deletes)"),
    };
    if role == Role::List && drafted.paging.as_ref().is_some_and(|paging| paging.email.is_some()) {
        code.push_str("\n.query([\"email\"])");
    }
    if plan.is_scim && matches!(role, Role::Create | Role::Update) {
        let (required, writable) = super::calls::SCIM_FIELDS.split_at(usize::from(role == Role::Create));
        code.push_str(&levels(required, writable));
    }
    if let Some(body) = &drafted.body {
        let members = |is_required: bool| {
            let fields =
                body.fields.iter().filter(|(member, _)| (role == Role::Create && member.is_required) == is_required);
            let mut members: Vec<_> = fields.map(|(_, target)| target.member()).collect();
            members.dedup();
            members
        };
        let required = members(true);
        let writable: Vec<_> = members(false).into_iter().filter(|member| !required.contains(member)).collect();
        code.push_str(&levels(&required, &writable));
        let roles = body.fields.iter().find(|(_, target)| *target == Target::Roles);
        let words: Vec<_> = roles.into_iter().flat_map(|(member, _)| role_words(member)).collect();
        if !words.is_empty() {
            code.push_str(&format!("\n.values(\"roles\", {})", texts(&words)));
        }
    }
    code
}

fn levels(required: &[&str], writable: &[&str]) -> String {
    let of = |method: &str, fields: &[&str]| {
        if fields.is_empty() { String::new() } else { format!("\n.{method}({})", texts(fields)) }
    };
    of("required", required) + &of("writable", writable)
}

/// The closed set of a vendor's roles, if it is a short one.
fn role_words<'a>(member: &Member<'a>) -> Vec<&'a str> {
    let own = member.shape.constants();
    let words: Vec<_> = own.into_iter().filter_map(serde_json::Value::as_str).collect();
    if words.len() <= 12 { words } else { Vec::new() }
}

fn listing(paging: &Paging) -> String {
    let Paging { style, end, least, usual, most, .. } = paging;
    if *style == Style::None {
        return "Listing::whole()".to_owned();
    }
    let mut code = format!("Listing::pages({usual}, {most})");
    if *least > 1 {
        code.push_str(&format!(".at_least({least})"));
    }
    let is_counted = matches!(style, Style::Number { .. } | Style::Offset { .. });
    match end {
        End::Total(_) if is_counted => code.push_str(".ends(End::Total)"),
        End::Short if is_counted => code.push_str(".ends(End::Short)"),
        _ => {}
    }
    code
}

fn operation(plan: &Plan<'_>, role: Role, drafted: &Drafted<'_>) -> String {
    let route = &drafted.route;
    let (signature, code) = match role {
        Role::Create => {
            ("create_user(call: &Call, user: User) -> Result<Option<User>>", write_user(plan, role, drafted))
        }
        Role::Update => {
            ("update_user(call: &Call, id: &str, user: User) -> Result<Option<User>>", write_user(plan, role, drafted))
        }
        Role::Get => {
            let end = answered(plan, drafted);
            (
                "get_user(call: &Call, id: &str) -> Result<Option<User>>",
                format!("{}.primary().send()?{end}", request(route)),
            )
        }
        Role::List => ("list_users(call: &Call, page: &Page) -> Result<UsersPage>", list(plan, drafted)),
        Role::Delete => (
            "delete_user(call: &Call, id: &str) -> Result<()>",
            format!("{}.primary().send()?.empty()", request(route)),
        ),
    };
    let todos = plan.todos.comments(|place| place == route.place);
    let variables: String = route
        .variables
        .iter()
        .map(|variable| format!("let {name} = call.required_variable({name:?})?;\n", name = variable.name))
        .collect();
    let number = if route.is_numeric { "let id = numeric_id(id)?;\n" } else { "" };
    format!("{todos}fn {signature} {{\n{number}{variables}{code}\n}}\n")
}

/// `call.get("/users")`.
fn request(route: &Route) -> String {
    let path = if route.path.contains('{') { format!("path!({:?})", route.path) } else { format!("{:?}", route.path) };
    format!("call.{}({path})", route.method)
}

/// The end of an operation on one user: reading the answer.
fn answered(plan: &Plan<'_>, drafted: &Drafted<'_>) -> String {
    if plan.is_scim {
        return ".user::<scim::UserRead>()".to_owned();
    }
    match &drafted.record {
        None => ".empty()?;\nOk(None)".to_owned(),
        Some(Record { pointer, .. }) if pointer.is_empty() => format!(".user::<{}>()", plan.noun),
        Some(Record { pointer, .. }) => format!(".user_in::<{}>({:?})", plan.noun, plain(pointer)),
    }
}

/// A pointer for the SDK: only a name if the pointer has no more.
fn plain(pointer: &str) -> &str {
    let name = pointer.strip_prefix('/').unwrap_or(pointer);
    if name.contains(['/', '~']) { pointer } else { name }
}

/// The request that creates or changes a user.
fn write_user(plan: &Plan<'_>, role: Role, drafted: &Drafted<'_>) -> String {
    let is_new = role == Role::Create;
    let end = format!(".primary().send()?{}", answered(plan, drafted));
    let request = request(&drafted.route);
    let Some(body) = &drafted.body else {
        let record = if is_new || drafted.route.method == "put" { "NewUser" } else { "Patch" };
        return format!("{request}.scim(&scim::{record}::from(user)){end}");
    };
    let (value, name, id) = match is_new {
        true => ("new", format!("New{}", plan.noun), "id: None::<String>"),
        false => ("change", format!("{}Change", plan.noun), "id"),
    };
    let record = literal(&name, body, role);
    match &body.encoding {
        Encoding::Json => format!("let {value} = {record};\n{request}.json(&{value}){end}"),
        Encoding::Form => format!("let {value} = {record};\n{request}.form(&{value}){end}"),
        Encoding::Envelope(name) => format!("let {value} = {record};\n{request}.json_in({name:?}, &{value}){end}"),
        Encoding::JsonApi { kind, is_typed } => {
            let send = if *is_typed { ".json_api(&resource)" } else { ".json_in(\"data\", &resource)" };
            let resource = format!("Resource {{ kind: {kind:?}, {id}, attributes }}");
            format!("let attributes = {record};\nlet resource = {resource};\n{request}{send}{end}")
        }
    }
}

/// The expression that fills the struct of a body. Fields that borrow the user come before fields that take parts of
/// it.
fn literal(name: &str, body: &Body<'_>, role: Role) -> String {
    let mut fields: Vec<_> = fields_of(body)
        .into_iter()
        .map(|(field, member, target)| {
            let value = written(member, target);
            let of = target.member();
            let value = match role {
                Role::Create if member.is_required => format!("{value}.required({of:?})?"),
                Role::Create => format!("{value}.into_value()"),
                _ if member.shape.is_nullable => value,
                _ => format!("{value}.not_null({of:?})?"),
            };
            (is_part(target), format!("{field}: {value}"))
        })
        .collect();
    fields.sort_by_key(|(is_part, _)| *is_part);
    let fields: Vec<_> = fields.into_iter().map(|(_, field)| field).collect();
    format!("{name} {{ {} }}", fields.join(", "))
}

/// Whether its value moves out of the user.
fn is_part(target: Target) -> bool {
    matches!(target, Target::Text(_) | Target::Password | Target::Status)
}

/// The value as a field of the SDK.
fn written(member: &Member<'_>, target: Target) -> String {
    let is_list = member.shape.kind() == Kind::List;
    match target {
        Target::Email if is_list => "user.primary_email().map(|email| vec![email])".to_owned(),
        Target::Email => "user.primary_email()".to_owned(),
        Target::Phone => "user.main_phone().and_then(|phone| phone.number.clone())".to_owned(),
        Target::Mobile => "user.mobile_phone().and_then(|phone| phone.number.clone())".to_owned(),
        Target::Language => "user.language()".to_owned(),
        Target::Active => "user.is_active()".to_owned(),
        Target::Inactive => "user.is_active().map(|is_active| !is_active)".to_owned(),
        Target::Status => "user.status.map(String::from)".to_owned(),
        Target::Roles if is_list => "user.role_words()?".to_owned(),
        Target::Roles => "user.role_words()?.single(\"roles\")?".to_owned(),
        _ => format!("user.{}", target.member()),
    }
}

fn list(plan: &Plan<'_>, drafted: &Drafted<'_>) -> String {
    let (Some(paging), route) = (&drafted.paging, &drafted.route) else { return String::new() };
    let mut code = String::new();
    let mut request = request(route);
    match &paging.style {
        Style::Cursor { parameter, .. } | Style::Link { parameter } => {
            request.push_str(&format!(".query_some({parameter:?}, page.cursor())"));
        }
        Style::Number { parameter, is_from_zero } => {
            code.push_str(&format!("let number = page.{}()?;\n", if *is_from_zero { "offset" } else { "number" }));
            request.push_str(&format!(".query({parameter:?}, number)"));
        }
        Style::Offset { parameter, is_from_one } => {
            code.push_str(&format!("let start = page.{}()?;\n", if *is_from_one { "number" } else { "offset" }));
            request.push_str(&format!(".query({parameter:?}, start)"));
        }
        Style::None => {}
    }
    if let Some(size) = &paging.size {
        request.push_str(&format!(".query({size:?}, page.size())"));
    }
    if let Some(email) = &paging.email {
        request.push_str(&format!(".query_some({email:?}, page.filter(\"email\"))"));
    }
    let rows = match &drafted.record {
        None => ".users_in::<scim::UserRead>(\"Resources\")?".to_owned(),
        Some(record) if !record.inner.is_empty() => {
            format!(".users_below::<{}>({:?}, {:?})?", plan.noun, record.pointer, record.inner)
        }
        Some(record) if record.pointer.is_empty() => format!(".users::<{}>()?", plan.noun),
        Some(record) => format!(".users_in::<{}>({:?})?", plan.noun, plain(&record.pointer)),
    };
    format!("{code}let users = {request}.primary().send()?{rows};\nusers{}", next(paging))
}

/// The beginning of the next page.
fn next(paging: &Paging) -> String {
    let (start, step) = match &paging.style {
        Style::None => return ".last()".to_owned(),
        Style::Link { parameter } => return format!(".next(|users| users.link({parameter:?}))"),
        Style::Cursor { parameter, pointer, is_url: true } => {
            return format!(".next(|users| users.query_of({pointer:?}, {parameter:?}))");
        }
        Style::Cursor { pointer, .. } => return format!(".next(|users| users.text({pointer:?}))"),
        Style::Number { .. } => ("number", "1"),
        Style::Offset { .. } => ("start", "users.count()"),
    };
    match (&paging.end, &paging.style) {
        (End::More(pointer), _) => {
            format!(".next(|users| users.flag({pointer:?}).then(|| ({start} + {step}).to_string()))")
        }
        (End::Short, _) => {
            format!(".next(|users| (users.count() >= u64::from(page.size())).then(|| ({start} + {step}).to_string()))")
        }
        (End::Total(pointer), Style::Number { is_from_zero, .. }) => {
            let seen = if *is_from_zero { "(number + 1)" } else { "number" };
            format!(
                ".next(|users| {{\nlet seen = {seen} * u64::from(page.size());\n\
                 users.number({pointer:?}).filter(|total| seen < *total).map(|_| (number + 1).to_string())\n}})"
            )
        }
        (End::Total(pointer), style) => {
            let is_from_one = matches!(style, Style::Offset { is_from_one: true, .. });
            let less = if is_from_one { "<=" } else { "<" };
            format!(
                ".next(|users| {{\nlet next = start + users.count();\n\
                 users.number({pointer:?}).filter(|total| next {less} *total).map(|_| next.to_string())\n}})"
            )
        }
    }
}

/// The fields of a body's struct, each with its name in Rust.
fn fields_of<'b, 'a>(body: &'b Body<'a>) -> Vec<(String, &'b Member<'a>, Target)> {
    let mut named = Unique::default();
    body.fields.iter().map(|(member, target)| (named.of(&member.name), member, *target)).collect()
}

/// Gives each name only once.
#[derive(Default)]
struct Unique(Vec<String>);

impl Unique {
    fn of(&mut self, name: &str) -> String {
        let name = snake(name);
        let taken = self.0.iter().filter(|known| **known == name).count();
        self.0.push(name.clone());
        if taken == 0 { name } else { format!("{name}_{}", taken + 1) }
    }
}

fn structs(plan: &Plan<'_>) -> String {
    let mut code = String::new();
    for (role, what) in [(Role::Create, "new user"), (Role::Update, "change")] {
        let Some(Drafted { route, body: Some(body), .. }) = plan.operations.get(&role) else { continue };
        let name = if role == Role::Create { format!("New{}", plan.noun) } else { format!("{}Change", plan.noun) };
        let fields = fields_of(body).into_iter().map(|(field, member, target)| {
            let plain = match (member.shape.kind(), target) {
                (Kind::List, _) => "Vec<String>",
                (Kind::Boolean, _) => "bool",
                (_, Target::Password) => "Password",
                _ => "String",
            };
            let kind = match role {
                Role::Create if member.is_required => plain.to_owned(),
                Role::Create => format!("Option<{plain}>"),
                _ => format!("Field<{plain}>"),
            };
            (field, member.name.clone(), kind)
        });
        let fields: Vec<_> = fields.collect();
        code.push_str(&format!(
            "\n/// Body of `{}`: a {what}.\n{}",
            route.place,
            structure("Serialize", &name, &fields)
        ));
    }
    if plan.fields.is_empty() {
        return code;
    }
    let mut parents: Vec<&str> = plan.fields.iter().filter_map(|field| field.parent.as_deref()).collect();
    parents.dedup();
    let (mut own, mut named) = (Vec::new(), Unique::default());
    for field in plan.fields.iter().filter(|field| field.parent.is_none()) {
        own.push((named.of(&field.member.name), field.member.name.clone(), type_of(field)));
    }
    own.extend(
        parents
            .iter()
            .map(|parent| (named.of(parent), (*parent).to_owned(), format!("Option<{}>", part(plan, parent)))),
    );
    code.push_str(&format!("\n/// The user in the vendor's answers.\n{}", structure("Deserialize", &plan.noun, &own)));
    for parent in &parents {
        let mut named = Unique::default();
        let inner = plan.fields.iter().filter(|field| field.parent.as_deref() == Some(*parent));
        let inner: Vec<_> =
            inner.map(|field| (named.of(&field.member.name), field.member.name.clone(), type_of(field))).collect();
        code.push_str(&format!(
            "\n/// `{parent}` of it.\n{}",
            structure("Default, Deserialize", &part(plan, parent), &inner)
        ));
    }
    code + &mapping(plan, &parents)
}

/// The type of an object in the user.
fn part(plan: &Plan<'_>, parent: &str) -> String {
    format!("{}{}", plan.noun, pascal(parent))
}

/// A struct whose fields have these names in Rust and in JSON, and these types.
fn structure(derive: &str, name: &str, fields: &[(String, String, String)]) -> String {
    let is_camel = fields.iter().any(|(field, json, _)| field != json && camel(field) == *json);
    let mut code = format!("#[derive({derive})]\n");
    if is_camel {
        code.push_str("#[serde(rename_all = \"camelCase\")]\n");
    }
    code.push_str(&format!("struct {name} {{\n"));
    for (field, json, kind) in fields {
        let spelled = if is_camel { camel(field) } else { field.clone() };
        if spelled != *json {
            code.push_str(&format!("#[serde(rename = {json:?})]\n"));
        }
        code.push_str(&format!("{field}: {kind},\n"));
    }
    code + "}\n"
}

/// The type that reads a member.
pub(super) fn type_of(field: &Read<'_>) -> String {
    let kind = field.member.shape.kind();
    let name = match field.target {
        Target::Id | Target::ExternalId => "Option<Id>",
        Target::Email if kind == Kind::List => "Option<Vec<String>>",
        Target::Roles => "Roles",
        Target::Active | Target::Inactive | Target::Flag(_) => "Option<Flag>",
        Target::Time(_) if kind == Kind::Integer => "Option<Millis>",
        Target::Time(_) if field.member.shape.text("format") != Some("date-time") => "Option<DateTime>",
        _ => "Text",
    };
    name.to_owned()
}

/// `impl From<Agent> for User`.
fn mapping(plan: &Plan<'_>, parents: &[&str]) -> String {
    let whole = snake(&plan.noun);
    let place = |field: &Read<'_>| {
        let siblings = plan.fields.iter().filter(|other| other.parent == field.parent);
        let mut named = Unique::default();
        let names = siblings.map(|other| (named.of(&other.member.name), other)).collect::<Vec<_>>();
        let name = names.iter().find(|(_, other)| other.member.name == field.member.name).map(|(name, _)| name.clone());
        let owner = field.parent.as_deref().map_or_else(|| whole.clone(), inner_variable);
        format!("{owner}.{}", name.unwrap_or_default())
    };
    let find = |target: Target| plan.fields.iter().find(|field| field.target == target).map(place);
    let mut lines = Vec::new();
    let mut has_phones = false;
    let mut has_status = false;
    for field in &plan.fields {
        let (at, kind) = (place(field), field.member.shape.kind());
        let value = match field.target {
            Target::Text("first_name" | "last_name") if plan.is_named() => continue,
            Target::Email if kind == Kind::List => format!("Email::only({at}.into_iter().flatten().next())"),
            Target::Email => format!("Email::only({at})"),
            Target::Phone | Target::Mobile => {
                if std::mem::replace(&mut has_phones, true) {
                    continue;
                }
                let number = |target| find(target).unwrap_or_else(|| "Text::default()".to_owned());
                format!("Phone::main_and_mobile({}, {})", number(Target::Phone), number(Target::Mobile))
            }
            Target::Language => format!("{at}.into_option().map(|language| vec![language]).into()"),
            Target::Active => format!("{at}.map(Status::from).into()"),
            Target::Status => format!("{at}.into_option().map(Status::from).into()"),
            Target::Inactive => {
                if std::mem::replace(&mut has_status, true) {
                    continue;
                }
                let signs = plan.fields.iter().filter(|field| field.target == Target::Inactive).map(place);
                format!("Status::active_unless([{}]).into()", signs.collect::<Vec<_>>().join(", "))
            }
            Target::Flag(_) => format!("{at}.map(bool::from).into()"),
            _ => format!("{at}.into()"),
        };
        lines.push(format!("{}: {value},\n", field.target.member()));
    }
    let rest = match (plan.is_named(), find(Target::Text("first_name")), find(Target::Text("last_name"))) {
        (true, Some(first), Some(last)) => format!("..User::named({first}, {last})"),
        _ => "..User::default()".to_owned(),
    };
    let inner: String = parents
        .iter()
        .map(|parent| format!("let {} = {whole}.{}.unwrap_or_default();\n", inner_variable(parent), snake(parent)))
        .collect();
    format!(
        "\nimpl From<{noun}> for User {{\nfn from({whole}: {noun}) -> Self {{\n{inner}User {{\n{}{rest}\n}}\n}}\n}}\n",
        lines.concat(),
        noun = plan.noun,
    )
}

/// The variable that holds an object of the user.
fn inner_variable(parent: &str) -> String {
    match snake(parent) {
        name if name == "name" => "names".to_owned(),
        name => name,
    }
}

fn texts(words: &[&str]) -> String {
    format!("[{}]", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "))
}

use mortise_sdk::mock::{Mock, get, post, put};
use mortise_sdk::{Call, Category, FieldExt, Group, Id, Result, User, path};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Person;

#[derive(Serialize)]
struct NewPerson {
    name: String,
}

#[derive(Serialize)]
struct Teams {
    ids: Vec<String>,
}

#[derive(Deserialize)]
struct Team {
    id: Option<Id>,
}

fn create_user(call: &Call, user: User) -> Result<Option<User>> {
    let teams = user.groups.into_value().into_iter().flatten().filter_map(|group| group.id.into_value());
    let (teams, person) = (Teams { ids: teams.collect() }, NewPerson { name: user.name.required("name")? });
    let created = call.post("/people").json(&person).primary().send()?.record::<Person>()?;
    let id = created.id.clone().required("id")?;
    // The user is there now: a failure from here on says so.
    let joined = call.put(path!("/people/{id}/teams")).json(&teams).send();
    joined.map_err(|error| error.after(format!("user {id} was created, but not put into the teams")))?;
    Ok(Some(created))
}

fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
    let answer = call.get(path!("/people/{id}")).primary().send()?;
    let Some(mut user) = answer.user::<Person>()? else { return Ok(None) };
    let teams = call.get(path!("/people/{id}/teams")).send()?.json_in::<Vec<Team>>("teams")?;
    user.groups = Group::with_ids(teams.into_iter().filter_map(|team| team.id)).into();
    Ok(Some(user))
}

#[test]
fn a_failure_of_the_second_write_says_what_the_first_has_done() {
    let vendor = Mock::new(Category::Ticketing)
        .on(post("/people").answers(201, json!({"id": 7, "name": "Ada"})))
        .on(put("/people/7/teams").json(json!({"ids": ["t1"]})).answers(403, json!({})));
    let groups = vec![Group { id: "t1".into(), ..Group::default() }];
    let user = User { name: "Ada".into(), groups: groups.into(), ..User::default() };
    let error = create_user(&vendor.call(), user).unwrap_err();
    assert_eq!(error.message(), "user 7 was created, but not put into the teams");
}

#[test]
fn a_read_is_completed() {
    let vendor = Mock::new(Category::Ticketing)
        .on(get("/people/7").answers(200, json!({"id": 7})))
        .on(get("/people/7/teams").answers(200, json!({"teams": [{"id": "t1"}]})));
    let user = get_user(&vendor.call(), "7").unwrap().unwrap();
    assert_eq!(user.groups.into_value().unwrap().len(), 1);
}

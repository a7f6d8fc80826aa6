use mortise_sdk::mock::{Mock, get, patch, post, put};
use mortise_sdk::{Call, Category, Field, FieldExt, Group, Id, Result, User, Writes, path};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Person;

#[derive(Serialize)]
struct NewPerson {
    name: String,
}

#[derive(Serialize)]
struct PersonChange {
    name: Field<String>,
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

fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    let change = PersonChange { name: user.name.clone() };
    let mut writes = Writes::new().then(call.patch(path!("/people/{id}")).json(&change), "the name is changed");
    for team in call.group_ids(&user)?.into_value().unwrap_or_default() {
        writes = writes.then(call.put(path!("/teams/{team}/people/{id}")), format!("the user is in team {team}"));
    }
    writes.send()?.user::<Person>()
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
fn a_failure_of_a_later_write_says_what_those_before_it_have_done() {
    let vendor = Mock::new(Category::Ticketing)
        .on(patch("/people/7").json(json!({"name": "Ada"})).answers(200, json!({"id": 7})))
        .on(put("/teams/t1/people/7").answers(204, json!(null)))
        .on(put("/teams/t2/people/7").answers(403, json!({})));
    let groups = Group::with_ids(["t1", "t2"]);
    let user = User { name: "Ada".into(), groups: groups.into(), ..User::default() };
    let error = update_user(&vendor.call(), "7", user).unwrap_err();
    assert_eq!(error.message(), "the name is changed, the user is in team t1");
}

#[test]
fn a_read_is_completed() {
    let vendor = Mock::new(Category::Ticketing)
        .on(get("/people/7").answers(200, json!({"id": 7})))
        .on(get("/people/7/teams").answers(200, json!({"teams": [{"id": "t1"}]})));
    let user = get_user(&vendor.call(), "7").unwrap().unwrap();
    assert_eq!(user.groups.into_value().unwrap().len(), 1);
}

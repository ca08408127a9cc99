#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::authenticate::Outcome;
use crate::test_world::{World, said};

const REFUSED: &str = "a user whom this source may not vouch for";

fn rules(new_users: NewUsers, existing_users: ExistingUsers) -> ExternalRules {
    ExternalRules { new_users, existing_users, ..ExternalRules::default() }
}

fn users(world: &World, source: &str, rules: ExternalRules) -> ExternalUsers {
    ExternalUsers::new(world.db.clone(), source.to_owned(), rules, world.clock(), World::entropy())
}

async fn ask(users: &ExternalUsers, subject: &str, username: &str, groups: &[&str]) -> String {
    let vouched = Vouched {
        subject: subject.to_owned(),
        username: username.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    match users.principal(vouched, None).await {
        Ok(principal) => said(Outcome::Authenticated(principal)),
        Err(Refusal::Wrong { username, problem }) => {
            format!("{problem}: {}", username.as_deref().unwrap_or("nobody"))
        }
        Err(refusal) => format!("{refusal:?}"),
    }
}

async fn role(world: &World, name: &'static str) {
    let made = world.db.write(move |connection| {
        async move { roles::create(connection, DEFAULT_WORKSPACE, name, None).await.map(drop) }.boxed()
    });
    made.await.unwrap();
}

#[tokio::test]
async fn a_source_brings_new_users_only_if_it_may() {
    let world = World::new().await;
    let refusing = users(&world, "a", rules(NewUsers::Refuse, ExistingUsers::LinkAll));
    assert_eq!(ask(&refusing, "1", "carol", &[]).await, "a user who is not known here: nobody");
    let creating = users(&world, "a", rules(NewUsers::Create, ExistingUsers::Refuse));
    assert_eq!(ask(&creating, "1", "carol", &[]).await, "carol false whole");
    assert_eq!(world.audited().await, ["user carol: created for '1' of a"]);
    // From now on it vouches for a user whom it knows.
    assert_eq!(ask(&refusing, "1", "carol", &[]).await, "carol false whole");
    for name in ["", &"x".repeat(300), "a\nb"] {
        assert_eq!(ask(&creating, "2", name, &[]).await, "a name that no user can have: nobody");
    }
    for subject in ["", &"x".repeat(256)] {
        assert_eq!(
            ask(&creating, subject, "dave", &[]).await,
            "a subject of no or too many characters: nobody"
        );
    }
    assert_eq!(world.audited().await.len(), 1);
}

#[tokio::test]
async fn a_user_who_is_here_is_linked_only_as_far_as_is_said() {
    for (existing, alice, root) in [
        (ExistingUsers::Refuse, None, None),
        (ExistingUsers::Link, Some("alice false whole"), None),
        (ExistingUsers::LinkAll, Some("alice false whole"), Some("root true whole")),
    ] {
        let world = World::new().await;
        let source = users(&world, "a", rules(NewUsers::Create, existing));
        for (name, expected) in [("alice", alice), ("root", root)] {
            let refused = format!("{REFUSED}: {name}");
            let subject = format!("subject of {name}");
            assert_eq!(ask(&source, &subject, name, &[]).await, expected.unwrap_or(&refused), "{existing:?}");
        }
        let linked = world.audited().await;
        assert_eq!(linked.len(), [alice, root].iter().flatten().count());
        assert!(linked.iter().all(|event| event.contains("linked to 'subject of")), "{linked:?}");
    }
}

#[tokio::test]
async fn nobody_becomes_a_user_by_their_name_once_they_are_linked() {
    let world = World::new().await;
    let source = users(&world, "a", rules(NewUsers::Create, ExistingUsers::LinkAll));
    assert_eq!(ask(&source, "1", "alice", &[]).await, "alice false whole");
    let other = "a user who is linked to another subject of this source: alice";
    assert_eq!(ask(&source, "2", "alice", &[]).await, other);
    // Who was renamed elsewhere stays who they are here, whoever has the new name.
    assert_eq!(ask(&source, "1", "root", &[]).await, "alice false whole");
    // Another source's subject of the same name is somebody else, and may be linked, too.
    let second = users(&world, "b", rules(NewUsers::Create, ExistingUsers::Link));
    assert_eq!(ask(&second, "1", "bob", &[]).await, "bob false whole");
    assert_eq!(ask(&second, "2", "alice", &[]).await, "alice false whole");
}

#[tokio::test]
async fn a_name_in_other_letters_is_another_user() {
    let world = World::new().await;
    let source = users(&world, "a", rules(NewUsers::Create, ExistingUsers::Link));
    assert_eq!(ask(&source, "1", "Alice", &[]).await, "Alice false whole");
    assert_eq!(ask(&source, "2", "alice", &[]).await, "alice false whole");
}

#[tokio::test]
async fn groups_bring_roles_and_administration_for_one_request() {
    let world = World::new().await;
    let group_roles = vec![
        ("data".to_owned(), vec!["readers".to_owned(), "editors".to_owned()]),
        ("/team/a".to_owned(), vec!["readers".to_owned()]),
    ];
    let rules = ExternalRules {
        admin_groups: vec!["platform".to_owned()],
        group_roles,
        ..rules(NewUsers::Create, ExistingUsers::Refuse)
    };
    let source = users(&world, "a", rules);
    for (groups, expected) in [
        (&["data", "/team/a"][..], "carol false whole editors,readers"),
        (&["/team/a", "Platform", "DATA"], "carol false whole readers"),
        (&["platform"], "carol true whole"),
        (&["readers"], "carol false whole"),
        (&[], "carol false whole"),
    ] {
        assert_eq!(ask(&source, "1", "carol", groups).await, expected, "{groups:?}");
    }
    let stored = store::auth::users::find(&world.db, "carol").await.unwrap().unwrap();
    assert!(!stored.is_admin);
    assert_eq!(world.audited().await.len(), 1, "nothing was stored but the user");
}

#[tokio::test]
async fn a_new_user_gets_the_default_role_or_is_not_made() {
    let world = World::new().await;
    let rules = ExternalRules {
        default_role: Some("readers".to_owned()),
        ..rules(NewUsers::Create, ExistingUsers::Refuse)
    };
    let source = users(&world, "a", rules);
    let refused = ask(&source, "1", "carol", &[]).await;
    // No answer for a client that asked for something else.
    assert!(refused.contains("InternalError") && refused.contains("could not be made"), "{refused}");
    assert_eq!(store::auth::users::find(&world.db, "carol").await.unwrap(), None);
    role(&world, "readers").await;
    // Assigned, not brought.
    assert_eq!(ask(&source, "1", "carol", &[]).await, "carol false whole");
    let carol = store::auth::users::find(&world.db, "carol").await.unwrap().unwrap();
    let mut snapshot = world.db.snapshot().await.unwrap();
    let held = roles::held_by(&mut snapshot.connection(), carol.id).await.unwrap();
    assert_eq!(held.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["readers"]);
}

#[tokio::test]
async fn of_first_requests_at_once_one_makes_the_user_and_all_pass() {
    let world = World::new().await;
    let source = users(&world, "a", rules(NewUsers::Create, ExistingUsers::Refuse));
    let asked = (0..8).map(|_| ask(&source, "1", "carol", &[]));
    let told = futures::future::join_all(asked).await;
    assert!(told.iter().all(|told| told == "carol false whole"), "{told:?}");
    assert_eq!(world.audited().await.len(), 1);
}

#[tokio::test]
async fn a_disabled_user_stays_out_and_a_deleted_one_is_not_the_next() {
    let world = World::new().await;
    let source = users(&world, "a", rules(NewUsers::Create, ExistingUsers::Refuse));
    assert_eq!(ask(&source, "1", "carol", &[]).await, "carol false whole");
    world.disable("carol", true).await;
    assert_eq!(ask(&source, "1", "carol", &["any"]).await, "disabled user: carol");
    world.disable("carol", false).await;
    assert_eq!(ask(&source, "1", "carol", &[]).await, "carol false whole");
    let deleted = world.db.write(|connection| store::auth::users::delete(connection, "carol").boxed());
    deleted.await.unwrap();
    // A user whom an administrator makes is not taken over by who had the name.
    let made =
        world.db.write(|connection| store::auth::users::create(connection, "carol", "hash", false).boxed());
    made.await.unwrap();
    assert_eq!(ask(&source, "1", "carol", &[]).await, format!("{REFUSED}: carol"));
}

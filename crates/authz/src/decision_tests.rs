//! The decision as tables written from MLflow 3.17's documented rules, and its laws as properties.

use super::*;
use crate::rules::Family;
use crate::{Listed, Visibility, rules, sight, visibility, withheld};
use proptest::prelude::*;

fn grant(kind: ResourceType, pattern: &str, level: Level) -> Grant {
    Grant { kind, pattern: pattern.to_owned(), level }
}

const OPEN: Policy = Policy::with_default(Level::Read);
const CLOSED: Policy = Policy::with_default(Level::NoPermissions);

#[test]
fn without_a_grant_the_default_permission_decides() {
    let read = rules::experiment("1", Action::Read);
    let update = rules::experiment("1", Action::Update);
    assert!(satisfied(&read, &[], OPEN));
    assert!(!satisfied(&update, &[], OPEN));
    assert!(!satisfied(&read, &[], CLOSED));
}

#[test]
fn a_grant_on_the_resource_or_on_all_of_its_type_decides() {
    let update = rules::experiment("1", Action::Update);
    assert!(satisfied(&update, &[grant(ResourceType::Experiment, "1", Level::Edit)], CLOSED));
    assert!(satisfied(&update, &[grant(ResourceType::Experiment, "*", Level::Edit)], CLOSED));
    assert!(!satisfied(&update, &[grant(ResourceType::Experiment, "2", Level::Edit)], CLOSED));
    assert!(!satisfied(&update, &[grant(ResourceType::Run, "*", Level::Edit)], CLOSED));
}

#[test]
fn a_deny_among_the_grants_of_one_key_wins() {
    let read = rules::experiment("1", Action::Read);
    let grants = [
        grant(ResourceType::Experiment, "1", Level::Manage),
        grant(ResourceType::Experiment, "*", Level::Deny),
    ];
    assert!(!satisfied(&read, &grants, Policy::with_default(Level::Manage)));
}

#[test]
fn a_grant_on_runs_governs_upward_and_downward() {
    let update_run = rules::within_experiment("1", ResourceType::Run, Action::Update);
    let reader_of_experiment_editor_of_runs =
        [grant(ResourceType::Experiment, "1", Level::Read), grant(ResourceType::Run, "*", Level::Edit)];
    assert!(satisfied(&update_run, &reader_of_experiment_editor_of_runs, CLOSED));
    let editor_of_experiment_reader_of_runs =
        [grant(ResourceType::Experiment, "1", Level::Edit), grant(ResourceType::Run, "*", Level::Read)];
    assert!(!satisfied(&update_run, &editor_of_experiment_reader_of_runs, CLOSED));
}

#[test]
fn a_run_grant_alone_does_not_open_an_unreadable_experiment() {
    let read_run = rules::within_experiment("1", ResourceType::Run, Action::Read);
    assert!(!satisfied(&read_run, &[grant(ResourceType::Run, "*", Level::Manage)], CLOSED));
}

#[test]
fn deleting_an_experiment_needs_delete_on_what_it_contains() {
    let delete = rules::experiment_with_contents("1", Action::Delete);
    let owner = grant(ResourceType::Experiment, "1", Level::Manage);
    assert!(satisfied(&delete, std::slice::from_ref(&owner), CLOSED));
    assert!(!satisfied(&delete, &[owner, grant(ResourceType::Run, "*", Level::Edit)], CLOSED));
}

#[test]
fn creating_is_vetoed_by_deny_and_by_nothing_else() {
    let create = rules::new_experiment();
    assert!(satisfied(&create, &[], CLOSED));
    assert!(!satisfied(&create, &[grant(ResourceType::Experiment, "*", Level::Deny)], OPEN));
    assert!(satisfied(&create, &[grant(ResourceType::Experiment, "7", Level::Deny)], OPEN));
}

#[test]
fn the_workspace_administrator_is_not_restricted() {
    let delete = rules::experiment_with_contents("1", Action::Delete);
    let grants = [
        grant(ResourceType::Experiment, "1", Level::Deny),
        grant(ResourceType::Workspace, "*", Level::Manage),
    ];
    assert!(satisfied(&delete, &grants, CLOSED));
}

#[test]
fn an_artifact_below_a_run_belongs_to_the_run_and_its_experiment() {
    let update = rules::proxied_artifact("1", &[ResourceType::Run], Action::Update);
    assert!(satisfied(&update, &[grant(ResourceType::Experiment, "1", Level::Edit)], CLOSED));
    assert!(!satisfied(
        &update,
        &[grant(ResourceType::Experiment, "1", Level::Manage), grant(ResourceType::Run, "*", Level::Deny)],
        CLOSED
    ));
}

#[test]
fn a_listing_shows_what_a_point_read_would() {
    let grants = [
        grant(ResourceType::Experiment, "3", Level::Read),
        grant(ResourceType::Experiment, "5", Level::Deny),
    ];
    assert_eq!(
        visibility(ResourceType::Experiment, &[], &grants, CLOSED),
        Visibility::Only(vec!["3".to_owned()])
    );
    assert_eq!(
        visibility(ResourceType::Experiment, &[], &grants, OPEN),
        Visibility::AllExcept(vec!["5".to_owned()])
    );
    let denied_runs = Requirement::new(Action::NotDenied, Key::any(ResourceType::Run));
    assert_eq!(
        visibility(
            ResourceType::Experiment,
            &[denied_runs],
            &[grant(ResourceType::Run, "*", Level::Deny)],
            OPEN
        ),
        Visibility::Nothing
    );
}

#[test]
fn a_listing_leaves_out_the_ids_of_what_is_denied() {
    let mentions = [ResourceType::Run, ResourceType::LoggedModel];
    let denied = grant(ResourceType::Run, "*", Level::Deny);
    assert_eq!(withheld(&mentions, std::slice::from_ref(&denied), OPEN), [ResourceType::Run]);
    assert_eq!(withheld(&mentions, &[], CLOSED), []);
    assert_eq!(withheld(&mentions, &[grant(ResourceType::Run, "*", Level::NoPermissions)], CLOSED), []);
    let administrator = grant(ResourceType::Workspace, "*", Level::Manage);
    assert_eq!(withheld(&mentions, &[denied, administrator], OPEN), []);
}

#[test]
fn a_listing_falls_back_to_the_workspace_grant() {
    let member = [grant(ResourceType::Workspace, "*", Level::Use)];
    assert_eq!(visibility(ResourceType::Experiment, &[], &member, CLOSED), Visibility::All);
    let member_denied =
        [grant(ResourceType::Workspace, "*", Level::Use), grant(ResourceType::Experiment, "*", Level::Deny)];
    assert_eq!(visibility(ResourceType::Experiment, &[], &member_denied, CLOSED), Visibility::Nothing);
}

#[test]
fn a_prompt_and_a_model_are_decided_by_grants_of_their_own() {
    let held = [grant(ResourceType::Prompt, "a", Level::Manage)];
    for (family, allowed) in [(Family::Prompt, true), (Family::RegisteredModel, false)] {
        for needs in [
            rules::registered_model(family, "a", Action::Update),
            rules::registered_model_with_versions(family, "a", Action::Delete),
            rules::model_version(family, "a", Action::Read),
            rules::model_version(family, "a", Action::Delete),
            rules::new_model_version(family, "a"),
            rules::model_alias(family, "a", Action::Delete),
        ] {
            assert_eq!(satisfied(&needs, &held, CLOSED), allowed, "{needs:?}");
        }
        assert!(satisfied(&rules::new_registered_model(family, "a"), &held, CLOSED));
    }
}

#[test]
fn a_grant_on_versions_governs_upward_and_downward() {
    let of = |versions: Level, model: Level| {
        [
            grant(ResourceType::RegisteredModelVersion, "*", versions),
            grant(ResourceType::RegisteredModel, "m", model),
        ]
    };
    let needs = |action| rules::model_version(Family::RegisteredModel, "m", action);
    assert!(satisfied(&needs(Action::Delete), &of(Level::Manage, Level::Read), CLOSED));
    assert!(!satisfied(&needs(Action::Delete), &of(Level::Edit, Level::Manage), CLOSED));
    assert!(!satisfied(&needs(Action::Update), &of(Level::Manage, Level::NoPermissions), CLOSED));
    // Reading is vetoed by a DENY alone.
    assert!(satisfied(&needs(Action::Read), &of(Level::NoPermissions, Level::Read), CLOSED));
    assert!(!satisfied(&needs(Action::Read), &of(Level::Deny, Level::Manage), OPEN));
    let alias = rules::model_alias(Family::RegisteredModel, "m", Action::Update);
    assert!(!satisfied(&alias, &of(Level::NoPermissions, Level::Manage), CLOSED));
    let delete = rules::registered_model_with_versions(Family::RegisteredModel, "m", Action::Delete);
    assert!(!satisfied(&delete, &of(Level::Edit, Level::Manage), CLOSED));
    let create = rules::new_model_version(Family::RegisteredModel, "m");
    assert!(satisfied(&create, &of(Level::NoPermissions, Level::Edit), CLOSED));
    assert!(!satisfied(&create, &of(Level::Deny, Level::Edit), CLOSED));
}

fn levels() -> impl Strategy<Value = Level> {
    proptest::sample::select(Level::ALL.to_vec())
}

/// Levels that a default permission can have.
fn defaults() -> impl Strategy<Value = Level> {
    proptest::sample::select(Level::ALL.into_iter().filter(|level| *level != Level::Deny).collect::<Vec<_>>())
}

/// Levels that give something.
fn positive() -> impl Strategy<Value = Level> {
    let gives = |level: &Level| !matches!(level, Level::Deny | Level::NoPermissions);
    proptest::sample::select(Level::ALL.into_iter().filter(gives).collect::<Vec<_>>())
}

fn kinds() -> impl Strategy<Value = ResourceType> {
    proptest::sample::select(vec![ResourceType::Experiment, ResourceType::Run, ResourceType::LoggedModel])
}

fn patterns() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["*".to_owned(), "1".to_owned(), "2".to_owned()])
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    proptest::collection::vec(
        (kinds(), patterns(), levels()).prop_map(|(kind, pattern, level)| Grant { kind, pattern, level }),
        0..8,
    )
}

fn registry_grants() -> impl Strategy<Value = Vec<Grant>> {
    let kinds = proptest::sample::select(vec![
        ResourceType::RegisteredModel,
        ResourceType::RegisteredModelVersion,
        ResourceType::Prompt,
        ResourceType::PromptVersion,
        ResourceType::Run,
        ResourceType::Workspace,
    ]);
    proptest::collection::vec(
        (kinds, patterns(), levels()).prop_map(|(kind, pattern, level)| Grant { kind, pattern, level }),
        0..8,
    )
}

fn actions() -> impl Strategy<Value = Action> {
    proptest::sample::select(vec![
        Action::Read,
        Action::Use,
        Action::Update,
        Action::Delete,
        Action::Manage,
        Action::NotDenied,
    ])
}

fn rungs() -> impl Strategy<Value = (Action, ResourceType, String)> {
    (actions(), kinds(), patterns())
}

fn requirements() -> impl Strategy<Value = Requirement> {
    (rungs(), proptest::collection::vec(rungs(), 0..3)).prop_map(|((action, kind, id), farther)| {
        farther.into_iter().fold(Requirement::new(action, Key::new(kind, id)), |all, (action, kind, id)| {
            all.or_with(action, Key::new(kind, id))
        })
    })
}

proptest! {
    #[test]
    fn within_one_key_a_deny_is_never_rescued(mut held in grants(), id in patterns(), action in actions()) {
        held.push(grant(ResourceType::Experiment, &id, Level::Deny));
        let needs = [Requirement::new(action, Key::new(ResourceType::Experiment, id))];
        prop_assert!(!satisfied(&needs, &held, Policy::with_default(Level::Manage)));
    }

    #[test]
    fn within_one_key_a_further_positive_grant_never_removes_a_right(
        mut held in grants(), first in levels(), extra in positive(), action in actions(), default in defaults(),
    ) {
        let key = Key::new(ResourceType::Experiment, "1");
        // The law is about one key: the ladder has one rung, and the key already has a grant.
        held.push(grant(ResourceType::Experiment, "1", first));
        let needs = [Requirement::new(action, key)];
        let policy = Policy::with_default(default);
        let before = satisfied(&needs, &held, policy);
        let mut more = held;
        more.push(grant(ResourceType::Experiment, "1", extra));
        prop_assert!(!before || satisfied(&needs, &more, policy));
    }

    #[test]
    fn an_ancestor_never_rescues_a_deny(held in grants(), needs in requirements(), ancestor in levels()) {
        let mut denied = held;
        let nearest = needs.rungs().next().unwrap().key.clone();
        denied.push(Grant { kind: nearest.kind, pattern: "*".to_owned(), level: Level::Deny });
        let rescued = needs.or_with(Action::NotDenied, Key::any(ResourceType::Prompt));
        denied.push(grant(ResourceType::Prompt, "*", ancestor));
        prop_assert!(!satisfied(&[rescued], &denied, Policy::with_default(Level::Manage)));
    }

    #[test]
    fn a_grant_on_the_nearer_rung_governs_whether_it_gives_more_or_less(
        held in grants(), nearer in rungs(), farther in proptest::collection::vec(rungs(), 0..3),
        level in levels(), default in defaults(),
    ) {
        let (action, kind, id) = nearer;
        let alone = Requirement::new(action, Key::new(kind, id));
        let ladder = farther.into_iter().fold(alone.clone(), |all, (action, kind, id)| {
            all.or_with(action, Key::new(kind, id))
        });
        let mut held = held;
        held.push(Grant { kind, pattern: "*".to_owned(), level });
        let policy = Policy::with_default(default);
        prop_assert_eq!(satisfied(&[ladder], &held, policy), satisfied(&[alone], &held, policy));
    }

    #[test]
    fn the_order_of_grants_is_irrelevant(
        (held, shuffled) in grants().prop_flat_map(|held| (Just(held.clone()), Just(held).prop_shuffle())),
        needs in proptest::collection::vec(requirements(), 1..4), default in defaults(),
    ) {
        let policy = Policy::with_default(default);
        prop_assert_eq!(satisfied(&needs, &held, policy), satisfied(&needs, &shuffled, policy));
    }

    #[test]
    fn a_workspace_administrator_is_never_restricted(mut held in grants(), needs in requirements()) {
        held.push(grant(ResourceType::Workspace, "*", Level::Manage));
        prop_assert!(satisfied(&[needs], &held, CLOSED));
    }

    #[test]
    fn a_listing_and_a_point_read_agree(held in grants(), default in defaults(), id in "[1-3]") {
        let policy = Policy::with_default(default);
        let shown = visibility(ResourceType::Experiment, &[], &held, policy).shows(&id);
        let read = Requirement::new(Action::Read, Key::new(ResourceType::Experiment, id))
            .or(Key::any(ResourceType::Workspace));
        prop_assert_eq!(shown, satisfied(&[read], &held, policy));
    }

    #[test]
    fn a_listing_of_two_families_and_a_point_read_agree(
        held in registry_grants(), default in defaults(), id in "[1-3]",
    ) {
        let policy = Policy::with_default(default);
        let listed = Family::ALL.map(|family| Listed {
            kind: family.container(),
            rows: Some(family.versions()),
        });
        let mentions = [ResourceType::Run];
        let sight = sight(&listed, &mentions, &held, policy);
        for family in Family::ALL {
            // A listing falls back to the workspace grant, a point read does not.
            let read = Requirement::new(Action::Read, Key::new(family.container(), id.as_str()))
                .or(Key::any(ResourceType::Workspace));
            let mut needs = vec![read];
            needs.extend(rules::versions_not_denied(family));
            prop_assert_eq!(sight.rows(family.container()).shows(&id), satisfied(&needs, &held, policy));
        }
        let runs = Requirement::new(Action::NotDenied, Key::any(ResourceType::Run));
        prop_assert_eq!(sight.withholds(ResourceType::Run), !satisfied(&[runs], &held, policy));
        prop_assert_eq!(sight.rows(ResourceType::Experiment), &Visibility::Nothing);
    }
}

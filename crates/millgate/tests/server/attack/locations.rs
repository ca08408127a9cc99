//! Artifact locations that a client chooses: the rights that they would bring with them.

use crate::attack::world::{ADMIN, AJAX, ALICE, API, MALLORY, PROXY, World, encoded, field};
use authz::{Level, ResourceType};
use std::path::Path;

fn create(world: &World, user: &str, name: &str, location: &str) -> crate::harness::Answer {
    let location = location.replace('\\', "\\\\").replace('\t', "\\t");
    world.post(
        user,
        "experiments/create",
        &format!(r#"{{"name": "{name}", "artifact_location": "{location}"}}"#),
    )
}

/// Uses an experiment to write a file as one of its runs does.
fn plant(world: &World, user: &str, experiment: &str) {
    let run = world.run(user, experiment);
    world.ask(
        user,
        "POST",
        &format!("{AJAX}/upload-artifact?run_uuid={run}&path=planted.txt"),
        &[],
        b"planted",
    );
}

fn planted_below(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.file_name() == "planted.txt" || planted_below(&entry.path()))
}

#[test]
fn a_location_cannot_be_laid_over_anothers_artifacts_however_it_is_written() {
    let world = World::closed().with_people();
    let id = world.owned().experiment;
    let storage = world.storage().display().to_string();
    let digits = encoded_digits(&id);
    let locations = [
        format!("mlflow-artifacts:/{id}"),
        format!("mlflow-artifacts:/{id}/x"),
        format!("mlflow-artifacts:/{digits}"),
        format!("MLFLOW-ARTIFACTS:/{id}"),
        format!(" mlflow-artifacts:/{id}"),
        format!("mlflow-artifacts:{id}"),
        format!("mlflow-artifacts:/{id}?x"),
        format!("mlflow-artifacts:/./{id}"),
        format!("mlflow-artifacts:/x/../{id}"),
        format!("mlflow-artifacts:/x/%2e%2e/{id}"),
        "mlflow-artifacts:/".to_owned(),
        "mlflow-artifacts:/?x".to_owned(),
        "mlflow-artifacts:/99".to_owned(),
        format!("mlflow-artifacts://localhost/{id}"),
        format!("http://localhost/api/2.0/mlflow-artifacts/artifacts/{id}"),
        format!("{storage}/{id}"),
        format!("{storage}/{digits}"),
        format!("{storage}/x/../{id}"),
        format!("{storage}/./{id}"),
        format!("/{storage}/{id}"),
        format!("file://{storage}/{id}"),
        format!("file://{storage}/{digits}"),
        format!("file://{storage}/{id}?x"),
        format!("file://localhost{storage}/{id}"),
        format!("file:{storage}/{id}"),
        format!("FILE://{storage}/{id}"),
        format!(" file://{storage}/{id}"),
        format!("fi\tle://{storage}/{id}"),
        format!("mlartifacts/{id}"),
        format!("mlartifacts/{digits}"),
        format!("mlartifacts/{}", encoded(&digits)),
        format!("./mlartifacts/{id}"),
        format!("file:mlartifacts/{digits}"),
        storage.clone(),
    ];
    for (number, location) in locations.iter().enumerate() {
        let answer = create(&world, MALLORY, &format!("over {number}"), location);
        assert!(matches!(answer.status, 400 | 403), "{location}: {answer:?}");
    }
    // What merely looks like it is her own matter, and stays apart.
    for (number, location) in [
        format!("mlflow-artifacts:/{}", encoded(&digits)),
        format!("mlflow-artifacts:/{id};x"),
        format!("{storage}/{id}?x"),
    ]
    .iter()
    .enumerate()
    {
        let answer = create(&world, MALLORY, &format!("apart {number}"), location);
        if answer.status == 200 {
            plant(&world, MALLORY, &field(&answer.body, "experiment_id"));
        }
    }
    assert!(!planted_below(&world.storage().join(&id)));
}

/// `7` as `%37`.
fn encoded_digits(id: &str) -> String {
    id.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn only_an_administrator_names_a_place_on_the_servers_disk() {
    let world = World::closed().with_people();
    let outside = tempfile::TempDir::new().unwrap();
    let target = outside.path().display().to_string();
    let storage = world.storage().display().to_string();
    let up = "../".repeat(20);
    let up_encoded = "%2e%2e/".repeat(20);
    let up_twice = "%252e%252e/".repeat(20);
    let locations = [
        target.clone(),
        format!("/{target}"),
        format!("file://{target}"),
        format!("file:{target}"),
        format!("FILE:{target}"),
        format!("FILE:/{up}{target}"),
        format!(" file://{target}"),
        format!("fi\tle://{target}"),
        format!("file://localhost{target}"),
        format!("{storage}/{up}{target}"),
        format!("{storage}/{up_encoded}{target}"),
        format!("file://{storage}/{up_encoded}{target}"),
        format!("{storage}/{up_twice}{target}"),
        format!("mlartifacts/{up}{target}"),
        format!("mlartifacts/{up_encoded}{target}"),
        format!("mlartifacts/{up_twice}{target}"),
        format!("file:mlartifacts/{up_encoded}{target}"),
        format!("mlflow-artifacts:/{up}{target}"),
        format!("mlflow-artifacts:/{up_encoded}{target}"),
        format!("mlflow-artifacts:/x?/{up}{target}"),
        format!("mlflow-artifacts:/x#/{up}{target}"),
        ".".to_owned(),
        "..".to_owned(),
        "mlruns".to_owned(),
        "/".to_owned(),
        "file:".to_owned(),
        "file:///".to_owned(),
    ];
    for (number, location) in locations.iter().enumerate() {
        let answer = create(&world, MALLORY, &format!("disk {number}"), location);
        if answer.status == 200 {
            // It may be taken for a harmless name; then it must be one.
            plant(&world, MALLORY, &field(&answer.body, "experiment_id"));
        } else {
            assert!(matches!(answer.status, 400 | 403), "{location}: {answer:?}");
        }
        assert!(!planted_below(outside.path()), "{location}");
    }
    let answer = create(&world, ADMIN, "by the administrator", &target);
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a_path_under_several_locations_needs_the_right_on_each() {
    let world = World::closed().with_people();
    let outer = field(&create(&world, MALLORY, "outer", "mlflow-artifacts:/team").body, "experiment_id");
    assert_eq!(create(&world, ALICE, "hers", "mlflow-artifacts:/team/alice").status, 403);
    let inner = field(&create(&world, ADMIN, "inner", "mlflow-artifacts:/team/alice").body, "experiment_id");
    world.grant(ALICE, ResourceType::Experiment, &inner, Level::Manage);
    assert_eq!(world.put(ADMIN, "team/alice/x", "x").status, 200);
    for user in [ALICE, MALLORY] {
        for method in ["GET", "PUT", "DELETE"] {
            let answer = world.ask(user, method, &format!("{PROXY}/team/alice/x"), &[], b"");
            assert_eq!(answer.status, 403, "{user} {method}");
        }
    }
    world.grant(ALICE, ResourceType::Experiment, &outer, Level::Read);
    assert_eq!(world.get(ALICE, &format!("{PROXY}/team/alice/x")).status, 200);
    assert_eq!(world.put(ALICE, "team/alice/x", "y").status, 403);
    // A tree takes everything below with it.
    assert_eq!(world.ask(MALLORY, "DELETE", &format!("{PROXY}/team"), &[], b"").status, 403);
    assert_eq!(world.get(ADMIN, &format!("{PROXY}/team/alice/x")).body, "x");
}

#[test]
fn deleting_a_folder_needs_the_right_on_all_experiments_below_it() {
    let world =
        World::new("MANAGE", &["--default-artifact-root", "mlflow-artifacts:/all/of/them"]).with_people();
    let id = world.experiment(ALICE, "hers");
    let path = format!("all/of/them/{id}/x");
    assert_eq!(world.put(ALICE, &path, "x").status, 200);
    world.grant(MALLORY, ResourceType::Experiment, "*", Level::Deny);
    for folder in ["all", "all/of", "all/of/them", &format!("all/of/them/{id}"), "all/./of/", ".", ""] {
        let answer = world.ask(MALLORY, "DELETE", &format!("{PROXY}/{folder}"), &[], b"");
        assert!(matches!(answer.status, 400 | 403 | 404), "{folder}: {answer:?}");
        assert_eq!(world.get(ALICE, &format!("{PROXY}/{path}")).status, 200, "{folder}");
    }
}

#[test]
fn the_folder_of_an_experiment_to_come_belongs_to_it() {
    let world = World::closed().with_people();
    let next = "1";
    assert_eq!(create(&world, MALLORY, "early", &format!("mlflow-artifacts:/{next}/x")).status, 403);
    assert_eq!(world.put(MALLORY, &format!("{next}/planted.txt"), "planted").status, 403);
    assert_eq!(world.put(MALLORY, next, "a file where the folder should be").status, 403);
    let id = world.experiment(ALICE, "hers");
    assert_eq!(id, next);
    assert_eq!(world.get(ALICE, &format!("{PROXY}?path={id}")).body, "{}");
    assert_eq!(world.get(MALLORY, &format!("{API}/experiments/get?experiment_id={id}")).status, 403);
}

#[test]
fn files_of_nobody_are_not_claimed_by_an_experiment() {
    let world = World::closed().with_people();
    assert_eq!(world.put(ADMIN, "shared/all.txt", "everybody's").status, 200);
    for (number, place) in ["shared", "shared/all.txt", "./shared", "%73hared"].iter().enumerate() {
        let made = create(&world, MALLORY, &format!("claim-{number}"), &format!("mlflow-artifacts:/{place}"));
        assert_eq!(made.status, 403, "{place}: {made:?}");
    }
    assert_eq!(world.get(MALLORY, &format!("{PROXY}/shared/all.txt")).status, 403);

    // Below them is a place of one's own, which gives no right on what lies around it.
    assert_eq!(create(&world, MALLORY, "beside", "mlflow-artifacts:/shared/mine").status, 200);
    assert_eq!(world.put(MALLORY, "shared/mine/x", "x").status, 200);
    assert_eq!(create(&world, MALLORY, "around", "mlflow-artifacts:/shared").status, 403);
    assert_eq!(world.post(MALLORY, "registered-models/create", r#"{"name": "deputy"}"#).status, 200);
    for source in ["mlflow-artifacts:/shared", "mlflow-artifacts:/shared/all.txt", "mlflow-artifacts:/new"] {
        let version = format!(r#"{{"name": "deputy", "source": "{source}"}}"#);
        assert_eq!(world.post(MALLORY, "model-versions/create", &version).status, 403, "{source}");
    }
    for folder in ["shared", "shared/", ".", ""] {
        let answer = world.ask(MALLORY, "DELETE", &format!("{PROXY}/{folder}"), &[], b"");
        assert!(matches!(answer.status, 400 | 403 | 404), "{folder}: {answer:?}");
    }
    assert_eq!(world.get(ADMIN, &format!("{PROXY}/shared/all.txt")).body, "everybody's");
    assert_eq!(world.ask(MALLORY, "DELETE", &format!("{PROXY}/shared/mine"), &[], b"").status, 200);
    assert_eq!(create(&world, ADMIN, "all of it", "mlflow-artifacts:/shared").status, 200);
}

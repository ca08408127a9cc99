//! Registered models, prompts and their versions: a name, a source or an alias must not lead to what is somebody else's.

use crate::attack::world::{ADMIN, AJAX, ALICE, API, MALLORY, Owned, World, encoded, field};
use crate::harness::Answer;
use authz::{Level, ResourceType};

const PROMPT: &str = r#", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]"#;

impl World {
    /// Makes a registered model; `more` follows its name in the body.
    fn model(&self, user: &str, name: &str, more: &str) {
        let made = self.post(user, "registered-models/create", &format!(r#"{{"name": "{name}"{more}}}"#));
        assert_eq!(made.status, 200, "{made:?}");
    }

    fn version(&self, user: &str, name: &str, more: &str) -> Answer {
        self.post(user, "model-versions/create", &format!(r#"{{"name": "{name}", {more}}}"#))
    }

    fn read_model(&self, user: &str, name: &str) -> Answer {
        self.get(user, &format!("{API}/registered-models/get?name={}", encoded(name)))
    }
}

/// Where the artifacts of Alice's run lie.
fn artifacts(owned: &Owned) -> String {
    format!("mlflow-artifacts:/{}/{}/artifacts", owned.experiment, owned.run)
}

/// Nothing of the answer's kind may have been made or told.
fn assert_refused(answer: &Answer, about: &str) {
    assert!(matches!(answer.status, 400 | 403 | 404), "{about}: {answer:?}");
    assert!(!answer.body.contains("her secret"), "{about}");
}

#[test]
fn a_source_cannot_be_a_deputy_for_what_its_author_cannot_read() {
    let world = World::closed().with_people();
    let owned = world.owned();
    world.model(MALLORY, "mine", "");
    world.model(ALICE, "hers", "");
    let location = artifacts(&owned);
    let hers = format!(r#""source": "{location}", "run_id": "{}""#, owned.run);
    assert_eq!(world.version(ALICE, "hers", &hers).status, 200);
    let mine = world.run(MALLORY, &world.experiment(MALLORY, "mine"));
    let (run, experiment) = (&owned.run, &owned.experiment);
    for more in [
        hers.clone(),
        format!(r#""source": "{location}", "runId": "{run}""#),
        format!(r#""source": "{location}""#),
        format!(r#""source": "{location}", "run_id": """#),
        format!(r#""source": "{location}", "run_id": "{mine}""#),
        format!(r#""source": "{location}/secret.txt", "run_id": "{mine}""#),
        format!(r#""source": "mlflow-artifacts:/{experiment}", "run_id": "{mine}""#),
        format!(r#""source": "mlflow-artifacts:/", "run_id": "{mine}""#),
        format!(r#""source": "MLFLOW-ARTIFACTS:/{experiment}/{run}/artifacts", "run_id": "{mine}""#),
        format!(r#""source": "mlflow-artifacts:/%3{experiment}/{run}/artifacts", "run_id": "{mine}""#),
        format!(r#""source": "mlflow-artifacts:/x/../{experiment}/{run}/artifacts", "run_id": "{mine}""#),
        format!(r#""source": "http://127.0.0.1/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}""#),
        format!(r#""source": "runs:/{run}/secret.txt", "run_id": "{run}""#),
        format!(r#""source": "runs:/{run}/secret.txt", "run_id": "{mine}""#),
        format!(r#""source": "runs:/{run}/secret.txt""#),
        format!(r#""source": "s3://bucket/x", "run_id": "{run}""#),
        format!(r#""source": "s3://bucket/x", "model_id": "m-{run}""#),
        format!(r#""source": "{}/{experiment}/{run}/artifacts""#, world.storage().display()),
        format!(r#""source": "file://{}/{experiment}/{run}/artifacts""#, world.storage().display()),
        r#""source": "models:/hers/1""#.to_owned(),
        r#""source": "models:/hers/latest""#.to_owned(),
        r#""source": "models:/hers/None""#.to_owned(),
        r#""source": "models:/hers@best""#.to_owned(),
        r#""source": "MODELS:/hers/1""#.to_owned(),
        r#""source": " models:/hers/1""#.to_owned(),
        r#""source": "models:/nobody/1""#.to_owned(),
        r#""source": "models:/m-00000000000000000000000000000000""#.to_owned(),
    ] {
        assert_refused(&world.version(MALLORY, "mine", &more), &more);
        let tagged = format!("{more}{PROMPT}");
        assert_refused(&world.version(MALLORY, "mine", &tagged), &tagged);
    }
    let versions = world.get(MALLORY, &format!("{API}/model-versions/search"));
    assert_eq!(versions.body, "{}");
}

#[test]
fn nobody_makes_a_version_of_the_servers_own_files() {
    let world = World::closed().with_people();
    let owned = world.owned();
    world.model(ALICE, "hers", "");
    let (run, location) = (&owned.run, artifacts(&owned));
    for source in [
        "/etc".to_owned(),
        "/etc/passwd".to_owned(),
        "file:///etc".to_owned(),
        "FILE:///etc".to_owned(),
        "file://localhost/etc".to_owned(),
        "file:etc".to_owned(),
        "../../etc".to_owned(),
        ".".to_owned(),
        "dummy-source".to_owned(),
        "file://evil.example/etc".to_owned(),
        world.folder().display().to_string(),
        format!("{location}/../../../../../etc"),
        format!("{location}/%2e%2e/%2e%2e/x"),
        format!("{location}/%252e%252e/x"),
        format!("{location}/..%2f..%2fx"),
        format!("{location}\\\\..\\\\..\\\\x"),
        format!("{location}\\u0000"),
        format!("{location}%00"),
        format!("runs:/{run}/../../x"),
        "s3://bucket/../x".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "ftp://internal.example/x".to_owned(),
        "hdfs://internal.example/x".to_owned(),
    ] {
        for user in [ALICE, ADMIN] {
            let made = world.version(user, "hers", &format!(r#""source": "{source}", "run_id": "{run}""#));
            assert_refused(&made, &source);
            assert_refused(&world.version(user, "hers", &format!(r#""source": "{source}""#)), &source);
        }
    }
    assert!(!world.read_model(ALICE, "hers").body.contains("latest_versions"));
}

#[test]
fn a_version_shows_its_files_and_no_others() {
    let world = World::closed().with_people();
    let owned = world.owned();
    world.model(ALICE, "hers", "");
    let more = format!(r#""source": "{}", "run_id": "{}""#, artifacts(&owned), owned.run);
    assert_eq!(world.version(ALICE, "hers", &more).status, 200);
    let file = |user: &str, name: &str, path: &str| {
        world.get(user, &format!("/model-versions/get-artifact?name={name}&version=1&path={path}"))
    };
    assert_eq!(file(ALICE, "hers", "secret.txt").body, "her secret");
    assert_eq!(file(MALLORY, "hers", "secret.txt").status, 403);
    assert_eq!(file(MALLORY, "%68ers", "secret.txt").status, 403);
    for path in
        ["../artifacts/secret.txt", "%2e%2e/artifacts/secret.txt", "%252e%252e/x", "/secret.txt", "..", ""]
    {
        assert_refused(&file(ALICE, "hers", path), path);
    }
    // Who may read the model reads the version's files: that is what registering shares.
    world.grant(MALLORY, ResourceType::RegisteredModel, "hers", Level::Read);
    assert_eq!(file(MALLORY, "hers", "secret.txt").body, "her secret");
    world.grant(MALLORY, ResourceType::RegisteredModelVersion, "*", Level::Deny);
    assert_eq!(file(MALLORY, "hers", "secret.txt").status, 403);
}

#[test]
fn a_placeholder_is_no_folder_of_the_server() {
    let world = World::closed().with_people();
    std::fs::create_dir(world.folder().join("dummy-source")).unwrap();
    std::fs::write(world.folder().join("dummy-source/x"), "the server's own").unwrap();
    world.model(ALICE, "question", PROMPT);
    let made = world.version(ALICE, "question", &format!(r#""source": "dummy-source"{PROMPT}"#));
    assert_eq!(made.status, 200, "{made:?}");
    let read = world.get(ALICE, "/model-versions/get-artifact?name=question&version=1&path=x");
    assert_eq!(read.status, 404, "{read:?}");
}

#[test]
fn no_spelling_of_a_denied_name_gets_past_the_denial() {
    let world = World::new("MANAGE", &[]).with_people();
    let owned = world.owned();
    world.model(ALICE, "hers", "");
    let more = format!(r#""source": "{}", "run_id": "{}""#, artifacts(&owned), owned.run);
    assert_eq!(world.version(ALICE, "hers", &more).status, 200);
    let alias = r#"{"name": "hers", "alias": "best", "version": "1"}"#;
    assert_eq!(world.post(ALICE, "registered-models/alias", alias).status, 200);
    world.grant(MALLORY, ResourceType::RegisteredModel, "hers", Level::Deny);
    for name in ["hers", "%68ers", "hers%20", "%20hers", "HERS", "hers%00", "hers%2f", "hers/", "hers%0a"] {
        for path in [
            format!("{API}/registered-models/get?name={name}"),
            format!("{AJAX}/registered-models/get?name={name}"),
            format!("{API}/registered-models/alias?name={name}&alias=best"),
            format!("{AJAX}/registered-models/alias?name={name}&alias=latest"),
            format!("{API}/registered-models/get-latest-versions?name={name}"),
            format!("{API}/model-versions/get?name={name}&version=1"),
            format!("{API}/model-versions/get-download-uri?name={name}&version=01"),
            format!("/model-versions/get-artifact?name={name}&version=1&path=secret.txt"),
        ] {
            let answer = world.get(MALLORY, &path);
            assert_refused(&answer, &path);
            assert!(!answer.body.contains(&owned.run), "{path}");
        }
    }
    for query in ["name=mine&name=hers", "name=hers&name=mine", "name=mine&%6eame=hers"] {
        assert_eq!(
            world.get(MALLORY, &format!("{API}/registered-models/get?{query}")).status,
            400,
            "{query}"
        );
    }
    for path in [
        format!("{API}/registered-models/search"),
        format!("{API}/registered-models/search?filter=name%3D'hers'"),
        format!("{API}/model-versions/search"),
        format!("{API}/model-versions/search?filter=name%3D'hers'&max_results=1"),
    ] {
        assert_eq!(world.get(MALLORY, &path).body, "{}", "{path}");
    }
}

#[test]
fn a_delete_is_decided_by_the_message_that_it_carries_out() {
    let world = World::closed().with_people();
    world.model(ALICE, "hers", "");
    world.model(MALLORY, "mine", "");
    let both = |headers: &[&str], query: &str, body: &str| {
        let path = format!("{API}/registered-models/delete?name={query}");
        world.ask(MALLORY, "DELETE", &path, headers, format!(r#"{{"name": "{body}"}}"#).as_bytes()).status
    };
    assert_eq!(both(&["Content-Type: application/json"], "mine", "hers"), 403);
    // Whatever the body is said to be: it is hers that must stay.
    both(&["Content-Type: text/plain"], "hers", "mine");
    let twice =
        world.send(MALLORY, "DELETE", "registered-models/delete", r#"{"name": "mine", "name": "hers"}"#);
    assert_eq!(twice.status, 400);
    assert_eq!(world.read_model(ALICE, "hers").status, 200);
}

#[test]
fn a_prompt_is_not_reached_as_a_registered_model_nor_the_other_way() {
    let world = World::closed().with_people();
    world.model(ALICE, "answer", "");
    world.model(ALICE, "question", PROMPT);
    // Whatever they hold on the names as what they are not.
    world.grant(MALLORY, ResourceType::Prompt, "answer", Level::Manage);
    world.grant(MALLORY, ResourceType::RegisteredModel, "question", Level::Manage);
    for name in ["answer", "question"] {
        assert_eq!(world.read_model(MALLORY, name).status, 403, "{name}");
        let deleted =
            world.send(MALLORY, "DELETE", "registered-models/delete", &format!(r#"{{"name": "{name}"}}"#));
        assert_eq!(deleted.status, 403, "{name}");
        // Tags in the body do not make another thing of what is there.
        for tags in [PROMPT, &PROMPT.replace("true", "false")] {
            let made = world.version(MALLORY, name, &format!(r#""source": "dummy-source"{tags}"#));
            assert_eq!(made.status, 403, "{name} {tags}");
        }
        for value in ["true", "false"] {
            let tag =
                format!(r#"{{"name": "{name}", "key": "mlflow.prompt.is_prompt", "value": "{value}"}}"#);
            for user in [ALICE, MALLORY] {
                assert_eq!(world.post(user, "registered-models/set-tag", &tag).status, 403, "{user} {name}");
            }
        }
    }
    let prompts = format!(
        "{API}/registered-models/search?filter={}",
        encoded("tags.`mlflow.prompt.is_prompt` = 'true'")
    );
    for path in [&prompts, &format!("{API}/registered-models/search")] {
        assert_eq!(world.get(MALLORY, path).body, "{}", "{path}");
    }
    assert_eq!(field(&world.get(ALICE, &prompts).body, "name"), "question");
}

#[test]
fn the_permissions_of_old_clients_on_a_prompts_name_are_those_on_the_prompt() {
    let world = World::closed().with_people();
    world.model(ALICE, "question", PROMPT);
    let permission = |user: &str, method: &str, operation: &str, of: &str| {
        let body = format!(r#"{{"name": "question", "username": "{of}", "permission": "MANAGE"}}"#);
        world.send(user, method, &format!("registered-models/permissions/{operation}"), &body)
    };
    // A grant on registered models says nothing about the prompt, and gives no way to it.
    world.grant(MALLORY, ResourceType::RegisteredModel, "question", Level::Manage);
    world.grant(MALLORY, ResourceType::RegisteredModel, "*", Level::Manage);
    for (method, operation) in [("POST", "create"), ("PATCH", "update"), ("DELETE", "delete")] {
        assert_eq!(permission(MALLORY, method, operation, MALLORY).status, 403, "{operation}");
    }
    assert_eq!(world.read_model(MALLORY, "question").status, 403);
    let given = permission(ALICE, "POST", "create", MALLORY);
    assert_eq!(given.status, 200, "{given:?}");
    assert_eq!(world.read_model(MALLORY, "question").status, 200);
    let shown = world.get(MALLORY, &format!("{API}/users/get?username={MALLORY}")).body;
    assert!(shown.contains(r#""name":"question""#), "{shown}");
    assert_eq!(permission(ALICE, "DELETE", "delete", MALLORY).status, 200);
    assert_eq!(world.read_model(MALLORY, "question").status, 403);
    // What was granted on a registered model of the name is left as it was.
    assert_eq!(permission(ALICE, "DELETE", "delete", MALLORY).status, 404);
}

#[test]
fn a_name_comes_back_without_the_rights_of_its_former_life() {
    let world = World::closed().with_people();
    for more in ["", PROMPT] {
        world.model(ALICE, "shared", more);
        world.grant(MALLORY, ResourceType::RegisteredModel, "shared", Level::Manage);
        world.grant(MALLORY, ResourceType::Prompt, "shared", Level::Manage);
        assert_eq!(world.read_model(MALLORY, "shared").status, 200);
        let deleted = world.send(ALICE, "DELETE", "registered-models/delete", r#"{"name": "shared"}"#);
        assert_eq!(deleted.status, 200, "{deleted:?}");
        world.model(ALICE, "shared", more);
        assert_eq!(world.read_model(MALLORY, "shared").status, 403);
        assert_eq!(
            world.send(ALICE, "DELETE", "registered-models/delete", r#"{"name": "shared"}"#).status,
            200
        );
    }
    // Grants that a crash, or another program, left on a name that is nobody's.
    for (kind, more) in [(ResourceType::RegisteredModel, ""), (ResourceType::Prompt, PROMPT)] {
        world.grant(MALLORY, kind, "left", Level::Manage);
        world.model(ALICE, "left", more);
        assert_eq!(world.read_model(MALLORY, "left").status, 403);
        assert_eq!(
            world.send(ALICE, "DELETE", "registered-models/delete", r#"{"name": "left"}"#).status,
            200
        );
    }
}

#[test]
fn a_renamed_model_keeps_its_people_and_nobody_elses() {
    let world = World::closed().with_people();
    world.create_user("bob");
    world.model(ALICE, "old", "");
    world.grant(MALLORY, ResourceType::RegisteredModel, "new", Level::Manage);
    world.grant(MALLORY, ResourceType::Prompt, "new", Level::Manage);
    let rename = |user: &str, from: &str, to: &str| {
        world.post(user, "registered-models/rename", &format!(r#"{{"name": "{from}", "new_name": "{to}"}}"#))
    };
    assert_eq!(rename(ALICE, "old", "new").status, 200);
    assert_eq!(world.read_model(ALICE, "new").status, 200);
    assert_eq!(world.read_model(MALLORY, "new").status, 403);
    // The old name is free, and nobody has a right on it any more.
    world.model("bob", "old", "");
    assert_eq!(world.read_model(ALICE, "old").status, 403);
    // A name that is taken, denied, or stands for all of them.
    world.model(MALLORY, "mine", "");
    assert_eq!(rename(MALLORY, "mine", "new").status, 400);
    assert_eq!((world.read_model(ALICE, "new").status, world.read_model(MALLORY, "new").status), (200, 403));
    world.grant(MALLORY, ResourceType::RegisteredModel, "forbidden", Level::Deny);
    assert_eq!(rename(MALLORY, "mine", "forbidden").status, 403);
    for name in ["*", "a/b", "a:b", "..", "."] {
        assert_refused(&rename(MALLORY, "mine", name), name);
    }
    assert_eq!(rename(MALLORY, "mine", "mine").status, 200);
    assert_eq!(world.read_model(MALLORY, "mine").status, 200);
    assert_eq!(rename(MALLORY, "new", "stolen").status, 403);
}

#[test]
fn a_model_named_like_all_of_them_gives_no_right_on_all_of_them() {
    let world = World::closed().with_people();
    world.model(ALICE, "hers", "");
    for more in ["", PROMPT] {
        let made = world.post(MALLORY, "registered-models/create", &format!(r#"{{"name": "*"{more}}}"#));
        assert_eq!(made.status, 400, "{made:?}");
    }
    assert_eq!(world.read_model(MALLORY, "hers").status, 403);
}

#[test]
fn a_denied_run_is_left_out_of_every_answer_about_a_version() {
    let world = World::new("READ", &[]).with_people();
    let owned = world.owned();
    world.model(ALICE, "hers", "");
    let more = format!(
        r#""source": "s3://bucket/x", "run_id": "{}", "run_link": "http://link.example/{}""#,
        owned.run, owned.run
    );
    assert_eq!(world.version(ALICE, "hers", &more).status, 200);
    let alias = r#"{"name": "hers", "alias": "best", "version": "1"}"#;
    assert_eq!(world.post(ALICE, "registered-models/alias", alias).status, 200);
    let reads = [
        format!("{API}/registered-models/get?name=hers"),
        format!("{API}/registered-models/search"),
        format!("{API}/registered-models/get-latest-versions?name=hers"),
        format!("{API}/registered-models/alias?name=hers&alias=best"),
        format!("{API}/model-versions/get?name=hers&version=1"),
        format!("{API}/model-versions/search"),
    ];
    for path in &reads {
        assert!(world.get(MALLORY, path).body.contains(&owned.run), "{path}");
    }
    world.grant(MALLORY, ResourceType::Run, "*", Level::Deny);
    for path in &reads {
        let answer = world.get(MALLORY, path);
        assert!(answer.status == 200 && answer.body.contains("s3://bucket/x"), "{path}: {answer:?}");
        assert!(!answer.body.contains(&owned.run), "{path}: {answer:?}");
    }
    world.grant(MALLORY, ResourceType::RegisteredModel, "hers", Level::Manage);
    for (method, operation, body) in [
        ("PATCH", "model-versions/update", r#"{"name": "hers", "version": "1", "description": "d"}"#),
        (
            "POST",
            "model-versions/transition-stage",
            r#"{"name": "hers", "version": "1", "stage": "Staging"}"#,
        ),
        ("PATCH", "registered-models/update", r#"{"name": "hers", "description": "d"}"#),
    ] {
        let answer = world.send(MALLORY, method, operation, body);
        assert!(answer.status == 200 && !answer.body.contains(&owned.run), "{operation}: {answer:?}");
    }
    // A copy inherits the run, and does not tell it either.
    let copied = world.version(MALLORY, "hers", r#""source": "models:/hers/1""#);
    assert!(copied.status == 200 && !copied.body.contains(&owned.run), "{copied:?}");
}

#[test]
fn denied_versions_are_left_out_of_the_models_that_have_them() {
    let world = World::new("READ", &[]).with_people();
    world.model(ALICE, "hers", "");
    assert_eq!(world.version(ALICE, "hers", r#""source": "s3://bucket/x""#).status, 200);
    world.model(ALICE, "question", PROMPT);
    assert_eq!(world.version(ALICE, "question", &format!(r#""source": "dummy-source"{PROMPT}"#)).status, 200);
    world.grant(MALLORY, ResourceType::RegisteredModelVersion, "*", Level::Deny);
    for path in ["registered-models/get?name=hers", "registered-models/search"] {
        let answer = world.get(MALLORY, &format!("{API}/{path}"));
        assert!(answer.body.contains("hers") && !answer.body.contains("s3://bucket/x"), "{path}: {answer:?}");
    }
    assert_eq!(world.get(MALLORY, &format!("{API}/model-versions/search")).body, "{}");
    assert!(world.read_model(MALLORY, "question").body.contains("dummy-source"));
    let prompts = encoded("tags.`mlflow.prompt.is_prompt` = 'true'");
    let found = world.get(MALLORY, &format!("{API}/model-versions/search?filter={prompts}"));
    assert!(found.body.contains("dummy-source"), "{found:?}");
}

#[test]
fn a_denied_logged_model_is_left_out_of_runs() {
    let world = World::new("READ", &[]).with_people();
    let owned = world.owned();
    let model = "m-0123456789abcdef0123456789abcdef";
    // An administrator may name what the gate cannot find.
    let input = format!(r#"{{"run_id": "{}", "models": [{{"model_id": "{model}"}}]}}"#, owned.run);
    assert_eq!(world.post(ADMIN, "runs/log-inputs", &input).status, 200);
    let output =
        format!(r#"{{"run_id": "{}", "models": [{{"model_id": "{model}", "step": 1}}]}}"#, owned.run);
    assert_eq!(world.post(ADMIN, "runs/outputs", &output).status, 200);
    let get = || world.get(MALLORY, &format!("{API}/runs/get?run_id={}", owned.run)).body;
    let search = || {
        world.post(MALLORY, "runs/search", &format!(r#"{{"experiment_ids": ["{}"]}}"#, owned.experiment)).body
    };
    // A search tells of outputs alone, as in MLflow.
    for (body, told) in [(get(), 2), (search(), 1)] {
        assert_eq!(body.matches(model).count(), told, "{body}");
    }
    world.grant(MALLORY, ResourceType::LoggedModel, "*", Level::Deny);
    for body in [get(), search()] {
        assert!(body.contains(&owned.run) && !body.contains(model), "{body}");
    }
}

//! What a search could give away of rows that it does not show.

use crate::attack::world::{ALICE, API, MALLORY, World, field};
use authz::{Level, ResourceType};

#[test]
fn a_search_tells_nothing_of_what_it_hides() {
    let world = World::closed().with_people();
    let owned = world.owned();
    let id = &owned.experiment;
    let batch = format!(
        r#"{{"run_id": "{}", "params": [{{"key": "p", "value": "hidden"}}],
            "metrics": [{{"key": "m", "value": 7, "timestamp": 1}}], "tags": [{{"key": "t", "value": "hidden"}}]}}"#,
        owned.run
    );
    assert_eq!(world.post(ALICE, "runs/log-batch", &batch).status, 200);
    for filter in [
        "",
        "params.p = 'hidden'",
        "params.p != 'other'",
        "metrics.m > 0",
        "tags.t LIKE '%'",
        "attributes.status = 'RUNNING'",
        "attributes.run_id != 'x'",
    ] {
        for order in ["", "metrics.m DESC", "params.p", "attributes.start_time"] {
            let order =
                if order.is_empty() { String::new() } else { format!(r#", "order_by": ["{order}"]"#) };
            let body = format!(
                r#"{{"experiment_ids": ["{id}", "0"], "filter": "{filter}", "max_results": 1, "run_view_type": "ALL"{order}}}"#
            );
            assert_eq!(world.post(MALLORY, "runs/search", &body).body, "{}", "{body}");
        }
    }
    for filter in ["", "name = 'hers'", "name LIKE '%'", "creation_time > 0"] {
        let body = format!(r#"{{"max_results": 1, "filter": "{filter}", "view_type": "ALL"}}"#);
        assert_eq!(world.post(MALLORY, "experiments/search", &body).body, "{}", "{body}");
        let owner = world.post(ALICE, "experiments/search", &body);
        assert!(
            owner.body.contains(r#""name":"hers""#) && !owner.body.contains("next_page_token"),
            "{owner:?}"
        );
    }
}

#[test]
fn pages_are_full_and_hidden_rows_leave_no_gap_in_them() {
    let world = World::closed().with_people();
    let (hers, mine) = (world.experiment(ALICE, "hers"), world.experiment(MALLORY, "mine"));
    for _ in 0..4 {
        world.run(ALICE, &hers);
        world.run(MALLORY, &mine);
    }
    let search = |token: &str| {
        let body = format!(r#"{{"experiment_ids": ["{hers}", "{mine}"], "max_results": 2{token}}}"#);
        world.post(MALLORY, "runs/search", &body).body
    };
    let runs = |page: &str| page.matches(r#""run_uuid":"#).count();
    let first = search("");
    assert_eq!(runs(&first), 2);
    let second = search(&format!(r#", "page_token": "{}""#, field(&first, "next_page_token")));
    assert_eq!(runs(&second), 2);
    assert!(!second.contains("next_page_token"), "{second}");
    assert!(!first.contains(&format!(r#""experiment_id":"{hers}""#)), "{first}");
    // A token of one's own making shows no more than the right one.
    for token in ["eyJvZmZzZXQiOiAwfQ==", "eyJvZmZzZXQiOiA5MjIzMzcyMDM2ODU0Nzc1ODA3fQ=="] {
        let page = search(&format!(r#", "page_token": "{token}""#));
        assert!(!page.contains(&format!(r#""experiment_id":"{hers}""#)), "{page}");
    }
    for token in ["x", "eyJvZmZzZXQiOi0xfQ==", "eyJvZmZzZXQiOiA5OTk5OTk5OTk5OTk5OTk5OTk5OX0="] {
        let page = search(&format!(r#", "page_token": "{token}""#));
        assert!(page.contains("INVALID_PARAMETER_VALUE"), "{token}: {page}");
    }
}

#[test]
fn a_denial_on_runs_hides_them_from_every_search_and_read() {
    let world = World::new("MANAGE", &[]).with_people();
    let owned = world.owned();
    world.grant(MALLORY, ResourceType::Run, "*", Level::Deny);
    let body = format!(r#"{{"experiment_ids": ["{}"]}}"#, owned.experiment);
    assert_eq!(world.post(MALLORY, "runs/search", &body).body, "{}");
    for path in [
        format!("{API}/runs/get?run_id={}", owned.run),
        format!("/get-artifact?run_id={}&path=secret.txt", owned.run),
        format!("/api/2.0/mlflow-artifacts/artifacts/{}", owned.secret()),
        format!("/api/2.0/mlflow-artifacts/artifacts?path={}/{}", owned.experiment, owned.run),
    ] {
        assert_eq!(world.get(MALLORY, &path).status, 403, "{path}");
    }
    assert_eq!(
        world.post(MALLORY, "runs/create", &format!(r#"{{"experiment_id": "{}"}}"#, owned.experiment)).status,
        403
    );
    assert_eq!(
        world
            .post(MALLORY, "experiments/delete", &format!(r#"{{"experiment_id": "{}"}}"#, owned.experiment))
            .status,
        403
    );
}

#[test]
fn nobody_can_probe_for_runs() {
    let world = World::closed().with_people();
    let run = world.owned().run;
    let ask = |id: &str| {
        let answer = world.get(MALLORY, &format!("{API}/runs/get?run_id={id}"));
        (answer.status, answer.body)
    };
    assert_eq!(ask(&run), ask("00000000000000000000000000000000"));
}

"""The model registry: registered models, versions, aliases, stages, prompts, and who may do what with them."""

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from people import a_new_person, unique


@pytest.fixture
def model(alice) -> str:
    """A new registered model of Alice's."""
    name = unique("model")
    alice.client.create_registered_model(name, tags={"team": "blue"}, description="A model.")
    return name


@pytest.fixture
def source(alice, run) -> str:
    """A folder with a file among the artifacts of Alice's run."""
    alice.client.log_text(run.info.run_id, "the model", "model/MLmodel")
    return f"{run.info.artifact_uri}/model"


@pytest.fixture
def version(alice, run, model, source):
    return alice.client.create_model_version(model, source, run.info.run_id, tags={"k": "v"}, description="First.")


def test_a_registered_model_is_made_read_changed_and_deleted(alice, model, raises):
    made = alice.client.get_registered_model(model)
    assert (made.name, made.description, made.tags) == (model, "A model.", {"team": "blue"})
    assert made.creation_timestamp == made.last_updated_timestamp
    assert alice.client.update_registered_model(model, "Another.").description == "Another."
    alice.client.set_registered_model_tag(model, "stage", "new")
    alice.client.delete_registered_model_tag(model, "team")
    assert alice.client.get_registered_model(model).tags == {"stage": "new"}
    with raises("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={model}) already exists."):
        alice.client.create_registered_model(model)
    alice.client.delete_registered_model(model)
    alice.client.create_registered_model(model)
    assert not alice.client.get_registered_model(model).tags


def test_a_model_is_renamed_with_all_that_it_has(alice, model, version):
    alice.client.set_registered_model_alias(model, "best", "1")
    name = unique("renamed")
    alice.client.rename_registered_model(model, name)
    assert alice.client.get_registered_model(name).description == "A model."
    found = alice.client.get_model_version_by_alias(name, "best")
    assert (found.name, str(found.version), found.tags) == (name, "1", {"k": "v"})


def test_versions_are_numbered_described_and_deleted(alice, run, model, source, version, raises):
    assert (str(version.version), version.status, version.run_id) == ("1", "READY", run.info.run_id)
    assert (version.source, version.current_stage, version.description) == (source, "None", "First.")
    second = alice.client.create_model_version(model, source, run.info.run_id)
    assert str(second.version) == "2"
    assert alice.client.update_model_version(model, "1", "Changed.").description == "Changed."
    alice.client.set_model_version_tag(model, "1", "a", "b")
    alice.client.delete_model_version_tag(model, "1", "k")
    assert alice.client.get_model_version(model, "1").tags == {"a": "b"}
    alice.client.delete_model_version(model, "2")
    with raises("RESOURCE_DOES_NOT_EXIST"):
        alice.client.get_model_version(model, "2")
    assert str(alice.client.create_model_version(model, source, run.info.run_id).version) == "3"


def test_the_artifacts_of_a_version_are_downloaded(alice, model, source, version, tmp_path):
    assert alice.client.get_model_version_download_uri(model, "1") == source
    with alice.signed_in():
        assert mlflow.artifacts.load_text(f"models:/{model}/1/MLmodel") == "the model"
    answer = alice.http("GET", "/model-versions/get-artifact", params={"name": model, "version": "1", "path": "MLmodel"})
    assert (answer.status_code, answer.text) == (200, "the model")


def test_aliases_move_between_versions(alice, run, model, source, version, raises):
    alice.client.create_model_version(model, source, run.info.run_id)
    alice.client.set_registered_model_alias(model, "best", "1")
    alice.client.set_registered_model_alias(model, "best", "2")
    assert str(alice.client.get_model_version_by_alias(model, "best").version) == "2"
    assert {k: str(v) for k, v in alice.client.get_registered_model(model).aliases.items()} == {"best": "2"}
    assert alice.client.get_model_version(model, "2").aliases == ["best"]
    alice.client.delete_registered_model_alias(model, "best")
    with raises("INVALID_PARAMETER_VALUE", "Registered model alias best not found."):
        alice.client.get_model_version_by_alias(model, "best")
    for reserved in ["latest", "v1"]:
        answer = alice.http(
            "POST", "registered-models/alias", json={"name": model, "alias": reserved, "version": "1"}
        )
        assert answer.status_code == 400 and answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_version_that_goes_into_production_archives_the_one_before(alice, run, model, source, version):
    alice.client.create_model_version(model, source, run.info.run_id)
    alice.client.transition_model_version_stage(model, "1", "Production")
    alice.client.transition_model_version_stage(model, "2", "production", archive_existing_versions=True)
    assert alice.client.get_model_version(model, "1").current_stage == "Archived"
    latest = alice.client.get_latest_versions(model, ["Production"])
    assert [(str(found.version), found.current_stage) for found in latest] == [("2", "Production")]
    assert len(alice.client.get_latest_versions(model)) == 2
    assert {found.current_stage for found in alice.client.get_registered_model(model).latest_versions} == {
        "Archived",
        "Production",
    }


def test_searches_find_models_and_versions_page_by_page(alice, run, source):
    prefix = unique("searched")
    names = [f"{prefix} {number}" for number in range(5)]
    for name in names:
        alice.client.create_registered_model(name, tags={"even": str(names.index(name) % 2 == 0)})
    alice.client.create_model_version(names[0], source, run.info.run_id)
    alice.client.create_model_version(names[0], source, run.info.run_id)

    def pages(search, **options):
        found, token = [], None
        while True:
            page = search(page_token=token, **options)
            found += page
            token = page.token
            if not token:
                return found

    like = f"name LIKE '{prefix}%'"
    found = pages(alice.client.search_registered_models, filter_string=like, max_results=2)
    assert [model.name for model in found] == names
    newest = alice.client.search_registered_models(like, order_by=["name DESC"], max_results=1)
    assert [model.name for model in newest] == [names[-1]]
    even = alice.client.search_registered_models(f"{like} AND tags.even = 'True'")
    assert [model.name for model in even] == names[::2]
    versions = pages(alice.client.search_model_versions, filter_string=f"name = '{names[0]}'", max_results=1)
    assert [str(version.version) for version in versions] == ["2", "1"]
    by_run = alice.client.search_model_versions(f"run_id = '{run.info.run_id}'", order_by=["version_number ASC"])
    assert [str(version.version) for version in by_run] == ["1", "2"]


def test_a_version_is_copied_from_another_model(alice, model, source, version):
    with alice.signed_in():
        copied = MlflowClient(alice.server.url).copy_model_version(f"models:/{model}/1", unique("copy"))
    assert (copied.source, copied.run_id) == (f"models:/{model}/1", version.run_id)
    assert alice.client.get_model_version_download_uri(copied.name, "1") == source


def test_what_is_not_granted_is_refused(alice, stranger, run, model, source, version, refused):
    alice.client.set_registered_model_alias(model, "best", "1")
    for attempt in [
        lambda person: person.client.get_registered_model(model),
        lambda person: person.client.update_registered_model(model, "mine"),
        lambda person: person.client.rename_registered_model(model, unique("mine")),
        lambda person: person.client.delete_registered_model(model),
        lambda person: person.client.set_registered_model_tag(model, "a", "b"),
        lambda person: person.client.delete_registered_model_tag(model, "team"),
        lambda person: person.client.set_registered_model_alias(model, "mine", "1"),
        lambda person: person.client.delete_registered_model_alias(model, "best"),
        lambda person: person.client.get_model_version_by_alias(model, "best"),
        lambda person: person.client.create_model_version(model, source, run.info.run_id),
        lambda person: person.client.get_model_version(model, "1"),
        lambda person: person.client.get_model_version_download_uri(model, "1"),
        lambda person: person.client.update_model_version(model, "1", "mine"),
        lambda person: person.client.set_model_version_tag(model, "1", "a", "b"),
        lambda person: person.client.delete_model_version_tag(model, "1", "k"),
        lambda person: person.client.delete_model_version(model, "1"),
    ]:
        with refused(403):
            attempt(stranger)
    assert model not in [found.name for found in stranger.client.search_registered_models(f"name = '{model}'")]
    assert not stranger.client.search_model_versions(f"name = '{model}'")
    assert alice.client.get_model_version(model, "1").description == "First."


def test_a_version_of_ones_own_model_needs_read_on_the_run(alice, newcomer, run, source, refused):
    name = unique("theirs")
    newcomer.client.create_registered_model(name)
    with refused(403):
        newcomer.client.create_model_version(name, source, run.info.run_id)
    with refused(403):
        newcomer.client.create_model_version(name, source)


def test_a_grant_on_the_model_shares_it(admin, alice, model, version, refused):
    reader = a_new_person(admin, "reader")
    granted = {"username": reader.username, "resource_type": "registered_model", "resource_id": model}
    answer = admin.http("POST", "/api/3.0/mlflow/users/permissions/grant", json={**granted, "permission": "READ"})
    if answer.status_code == 404:
        pytest.skip("the server has no route for grants")
    assert answer.status_code == 200, answer.text
    assert reader.client.get_model_version(model, "1").description == "First."
    assert [found.name for found in reader.client.search_registered_models(f"name = '{model}'")] == [model]
    with refused(403):
        reader.client.delete_model_version(model, "1")


@pytest.mark.needs_mlflow("3.11", "prompts as they are registered now")
class TestPrompts:
    def test_a_prompt_is_registered_loaded_and_searched(self, alice):
        name = unique("prompt").replace(" ", "-")
        with alice.signed_in():
            first = mlflow.genai.register_prompt(name, "Hello {{who}}!", tags={"mood": "kind"})
            second = mlflow.genai.register_prompt(name, "Hi {{who}}!")
            assert (first.version, second.version) == (1, 2)
            mlflow.genai.set_prompt_alias(name, "best", 1)
            assert mlflow.genai.load_prompt(f"prompts:/{name}@best").format(who="you") == "Hello you!"
            assert mlflow.genai.load_prompt(f"prompts:/{name}/2").template == "Hi {{who}}!"
            assert [found.name for found in mlflow.genai.search_prompts(f"name = '{name}'")] == [name]
        assert not alice.client.search_registered_models(f"name = '{name}'")

    def test_a_prompt_is_its_makers(self, alice, stranger):
        name = unique("prompt").replace(" ", "-")
        with alice.signed_in():
            mlflow.genai.register_prompt(name, "Hello {{who}}!")
        with stranger.signed_in():
            assert not mlflow.genai.search_prompts(f"name = '{name}'")
            with pytest.raises(Exception, match="403"):
                mlflow.genai.load_prompt(f"prompts:/{name}/1", allow_missing=False)

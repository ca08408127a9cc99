"""The Helm chart: its values, and what its templates make of them, by the schemas of several versions of Kubernetes."""

import copy
import functools
import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import kubernetes_validate
import pytest
import yaml

from serving import ROOT

CHART = ROOT / "deploy/helm/millgate"
#: The oldest and the newest that the chart is checked for.
VERSIONS = ["1.25", "1.37"]

NEEDED = {
    "database": {"uri": "postgresql://mlflow@db.example.com:5432/mlflow"},
    "artifacts": {"destination": "s3://bucket/mlartifacts"},
}
EVERYTHING = {
    "replicaCount": 3,
    "image": {"repository": "images.example.com/millgate", "tag": "1.2.3", "pullPolicy": "Always"},
    "imagePullSecrets": [{"name": "pull"}],
    "server": {
        "allowedHosts": ["mlflow.example.com", "mlflow.example.com:8443"],
        "trustedProxies": ["10.0.0.0/8", "192.0.2.7"],
        "staticPrefix": "/mlflow",
        "extraArgs": ["--log-level", "debug"],
        "extraEnv": [{"name": "AWS_REGION", "value": "eu-central-1"}],
    },
    "database": {
        "uri": "postgresql://mlflow@db.example.com:5432/mlflow?sslmode=verify-full",
        "usersUri": "postgresql://mlflow@db.example.com:5432/users%20of%20mlflow",
        "existingSecret": "database",
        "passwordKey": "pass",
    },
    "auth": {
        "defaultPermission": "NO_PERMISSIONS",
        "existingSecret": "admin",
        "extraSettings": "[jwt]\nissuer = https://id.example.com",
    },
    "artifacts": {"destination": "/artifacts/of-mlflow", "existingClaim": "artifacts"},
    "networkPolicy": {"ingressFrom": [{"namespaceSelector": {"matchLabels": {"name": "ml"}}}], "egressPorts": [5433]},
    "serviceAccount": {"name": "mlflow", "annotations": {"role": "of-the-bucket"}},
    "service": {"port": 80, "annotations": {"a": "b"}},
    "ingress": {"enabled": True, "className": "nginx", "host": "mlflow.example.com", "tlsSecret": "certificate"},
    "podAnnotations": {"c": "d"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "ml", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
}
LITTLE = {
    **NEEDED,
    "replicaCount": 1,
    "server": {"appName": ""},
    "metrics": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "serviceAccount": {"create": False},
}


def merged(values: dict, given: dict) -> dict:
    """The values with those that somebody gave, as Helm merges them."""
    result = dict(values)
    for key, value in given.items():
        both = isinstance(value, dict) and isinstance(values.get(key), dict)
        result[key] = merged(values[key], value) if both else value
    return result


def values(given: dict) -> dict:
    return merged(yaml.safe_load((CHART / "values.yaml").read_text()), given)


def check(given: dict) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(values(given), schema, cls=jsonschema.Draft7Validator)


@functools.cache
def renderer() -> pathlib.Path:
    """The templates' engine, built once."""
    program = ROOT / ".test/helm_template"
    source = pathlib.Path(__file__).parent / "helm_template.go"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(exist_ok=True)
        go = pathlib.Path(sys.executable).parent / "go"
        environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
        subprocess.run([go, "build", "-o", program, source], check=True, env=environment)
    return program


def rendered(given: dict, release: str = "test") -> dict[str, dict]:
    """The objects of a release, by their kinds; the chart has none twice."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    context = {
        "Values": values(given),
        "Chart": {key[0].upper() + key[1:]: value for key, value in chart.items()},
        "Release": {"Name": release, "Namespace": "ml", "Service": "Helm"},
    }
    done = subprocess.run([renderer(), CHART], input=json.dumps(context), capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr)
    texts = json.loads(done.stdout)
    documents = [
        document
        for name, text in texts.items()
        if name.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document is not None
    ]
    objects = {document["kind"]: document for document in documents}
    assert len(objects) == len(documents)
    return objects


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("given", [NEEDED, EVERYTHING, LITTLE], ids=["needed", "everything", "little"])
def test_kubernetes_takes_what_the_chart_makes(given, version):
    check(given)
    objects = rendered(given)
    for document in objects.values():
        kubernetes_validate.validate(document, version, strict=True)
    assert {"Deployment", "Service", "Secret"} <= objects.keys()
    kinds = {"Deployment", "Service", "Secret", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy", "Ingress"}
    assert objects.keys() == {
        id(NEEDED): kinds - {"Ingress"},
        id(EVERYTHING): kinds,
        id(LITTLE): {"Deployment", "Service", "Secret"},
    }[id(given)]


def test_a_wrong_object_is_no_object_of_kubernetes():
    deployment = copy.deepcopy(rendered(NEEDED)["Deployment"])
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"database": NEEDED["database"]},
        {**NEEDED, "replicaCount": 0},
        {**NEEDED, "replicas": 2},
        {**NEEDED, "database": {"uri": "sqlite:///mlflow.db"}},
        {**NEEDED, "artifacts": {"destination": "./mlartifacts"}},
        {**NEEDED, "ingress": {"enabled": True}},
        {**NEEDED, "auth": {"defaultPermission": "WRITE"}},
        {**NEEDED, "server": {"staticPrefix": "mlflow/"}},
    ],
    ids=str,
)
def test_values_that_cannot_work_are_refused(wrong):
    with pytest.raises(jsonschema.ValidationError):
        check(wrong)


@pytest.mark.parametrize("given", [NEEDED, EVERYTHING, LITTLE], ids=["needed", "everything", "little"])
def test_the_program_takes_what_the_chart_starts_it_with(given, binary):
    (container,) = rendered(given)["Deployment"]["spec"]["template"]["spec"]["containers"]
    done = subprocess.run([binary, *container["args"], "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_objects_speak_of_each_other():
    objects = rendered(EVERYTHING, release="a-release-with-a-name-of-its-own")
    pod = objects["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    for selector in [
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ]:
        assert selector and selector.items() <= labels
    assert pod["spec"]["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]
    mounted = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert mounted["auth"]["secret"]["secretName"] == objects["Secret"]["metadata"]["name"]
    (rule,) = objects["Ingress"]["spec"]["rules"]
    backends = [path["backend"]["service"] for path in rule["http"]["paths"]]
    service = objects["Service"]
    port = service["spec"]["ports"][0]["port"]
    assert {(each["name"], each["port"]["number"]) for each in backends} == {(service["metadata"]["name"], port)}


def test_secrets_stand_in_secrets_and_the_settings_are_configparsers():
    import configparser

    objects = rendered(EVERYTHING)
    settings = configparser.ConfigParser()
    settings.read_string(objects["Secret"]["stringData"]["auth.ini"])
    assert settings["mlflow"]["database_uri"] == EVERYTHING["database"]["usersUri"]
    assert settings["jwt"]["issuer"] == "https://id.example.com"
    (container,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    env = {each["name"]: each for each in container["env"]}
    for name, secret, key in [
        ("PGPASSWORD", "database", "pass"),
        ("MLFLOW_AUTH_ADMIN_PASSWORD", "admin", "admin-password"),
    ]:
        assert env[name]["valueFrom"]["secretKeyRef"] == {"name": secret, "key": key}


def test_an_ingress_leads_to_no_metrics():
    paths = rendered(EVERYTHING)["Ingress"]["spec"]["rules"][0]["http"]["paths"]
    assert [path["path"] for path in paths] == [
        f"/mlflow{path}" for path in ["/api", "/ajax-api", "/health", "/version", "/signup"]
    ]

"""The metrics as Prometheus' own library reads them, and the dashboard that shows them."""

import json
import re

import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families

from serving import ADMIN, ADMIN_PASSWORD, ROOT, Server



def scraped(server: Server) -> dict[str, list]:
    """The samples by their names."""
    # Something of every kind: an answer, a refusal, a failed login.
    api = f"{server.url}/api/2.0/mlflow/experiments/search?max_results=1"
    assert requests.get(api, auth=(ADMIN, ADMIN_PASSWORD), timeout=30).status_code == 200
    assert requests.get(api, auth=(ADMIN, "wrong"), timeout=30).status_code == 401
    answer = requests.get(f"{server.url}/metrics", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples: dict[str, list] = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation, family.name
        assert family.type in ("counter", "gauge", "histogram"), family
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample)
    return samples


def test_prometheus_reads_the_metrics(server):
    samples = scraped(server)
    (build,) = samples["millgate_build_info"]
    assert (build.value, build.labels["mlflow_version"]) == (1, "3.17.2")
    by_operation = {
        (sample.labels["operation"], sample.labels["outcome"]) for sample in samples["millgate_operations_total"]
    }
    assert ("SearchExperiments", "ok") in by_operation
    buckets = [
        sample
        for sample in samples["millgate_operation_duration_seconds_bucket"]
        if sample.labels["operation"] == "SearchExperiments"
    ]
    assert [sample.value for sample in buckets] == sorted(sample.value for sample in buckets)
    assert buckets[-1].labels["le"] == "+Inf"


def test_every_metric_that_the_dashboard_shows_is_there(server):
    dashboard = json.loads((ROOT / "deploy/grafana/millgate.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [each["query"]["query"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    shown: set[str] = set()
    for expression in expressions:
        # Labels in braces, and what the parts are named by, are no metrics.
        bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)", "", expression)
        shown.update(re.findall(r"\b[a-z]+_[a-z_]+\b", bare.replace("label_values", "").replace("histogram_quantile", "")))
    assert len(shown) >= 15, shown
    assert shown - scraped(server).keys() == set()


def test_every_metric_is_documented(server):
    text = (ROOT / "docs/deployment.md").read_text()
    documented = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)(?:\{[^`]*\})?`", text))
    families = {
        re.sub(r"_(bucket|sum|count)$", "", name) if "duration" in name else name for name in scraped(server)
    }
    assert families - documented == set()


def test_every_panel_has_its_own_place():
    dashboard = json.loads((ROOT / "deploy/grafana/millgate.json").read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)


def test_the_example_for_prometheus_is_yaml_that_names_targets():
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    assert job["static_configs"][0]["targets"]

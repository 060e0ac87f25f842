"""What is shipped to run the platform fits the program: its commands, settings, addresses and numbers."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import NotUnderstood, rendered, values_of
from tests.processes.rig import CityRig
from web.app import create_app
from workflows import cli
from workflows.settings import Settings, read_settings
from workflows.vitals.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "xianjie"
SECRET = "s" * 40
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
EVERYTHING = {"ingress__enabled": True}


def commands() -> set[str]:
    (action,) = [one for one in cli._parser([])._actions if one.dest == "command"]
    return set(action.choices or ())


def settings_from(environment: dict[str, str]) -> Settings:
    """Return the settings an environment means; what comes from secrets is made up."""
    return read_settings({name: value for name, value in environment.items() if name.startswith("XIANJIE_")})


def compose() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def filled(text: str) -> str:
    """Return a text of the compose file with its variables given."""
    known = {"XIANJIE_DB_PASSWORD": "p", "XIANJIE_SECRET": SECRET, "XIANJIE_METRICS_TOKEN": SECRET}
    return re.sub(r"\$\{(\w+)(?::([-?])([^}]*))?\}", lambda m: known.get(m[1], m[3] if m[2] == "-" else ""), str(text))


def test_the_compose_file_starts_what_exists_with_settings_that_are_read() -> None:
    services = compose()["services"]
    assert set(services) == {"db", "migrate", "web", "worker"}
    for name in ("migrate", "web", "worker"):
        service = services[name]
        assert service["command"][0] in commands()
        settings = settings_from({key: filled(value) for key, value in service["environment"].items()})
        assert settings.database.startswith("postgresql+psycopg://xianjie:p@db:5432/")
        assert (settings.tls, settings.proxies, len(settings.secret)) == (True, 1, 40)
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        waits = service["depends_on"]
        assert waits in ({"db": {"condition": "service_healthy"}},
                         {"migrate": {"condition": "service_completed_successfully"}})  # fmt: skip
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])
    assert "ports" not in services["db"]
    example = (DEPLOY / "compose.env.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    assert asked <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_the_image_runs_the_program_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    words = re.findall(r"^(ENTRYPOINT|CMD|USER) (.+)$", text, re.MULTILINE)
    assert dict(words) == {
        "ENTRYPOINT": '["xianjie"]', "CMD": '["serve", "--no-worker"]', "USER": "10001:10001",
    }  # fmt: skip
    for source in re.findall(r"^COPY (?:--from=\w+ )?(\S+)", text, re.MULTILINE):
        assert source in (".", "/opt/xianjie")
    assert "fonts-noto-cjk" in text
    assert "/healthz" in text


def units(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_exists_and_may_do_little_else(path: Path) -> None:
    unit = units(path)
    (start,) = unit["ExecStart"]
    programs = re.findall(r"/opt/xianjie/\.venv/bin/(\S+) (\S+)", start)
    assert programs
    for program, word in programs:
        assert (ROOT / ".venv" / "bin" / program).exists(), program
        assert program != "xianjie" or word in commands()
    assert unit["User"] == ["xianjie"]
    for name, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
                        "CapabilityBoundingSet": "", "RestrictNamespaces": "yes"}.items():  # fmt: skip
        assert unit[name] == [value], name
    if "oneshot" not in unit["Type"]:
        assert unit["Restart"] == ["always"]


def test_the_example_of_the_units_environment_is_read() -> None:
    text = (DEPLOY / "systemd" / "xianjie.env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    settings = settings_from(given)
    assert settings.tls
    assert settings.database.startswith("postgresql")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="LEFT OUT: systemd-analyze is not installed")
def test_systemd_finds_no_fault_in_the_units_and_little_exposure(tmp_path: Path) -> None:
    for path in DEPLOY.glob("systemd/xianjie-*"):
        text = path.read_text(encoding="utf-8").replace("/opt/xianjie/.venv/bin/", f"{ROOT}/.venv/bin/")
        (tmp_path / path.name.replace("@.", "@1.")).write_text(text, encoding="utf-8")
    names = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "xianjie" in line and "Failed to connect" not in line]
    assert ours == [], done.stderr


def pods() -> dict[str, dict[str, Any]]:
    objects = [one for found in rendered(CHART, **EVERYTHING).values() for one in found]
    return {one["metadata"]["name"]: one["spec"]["template"] for one in objects if "template" in one.get("spec", {})}


def test_the_chart_makes_the_objects_that_belong_together() -> None:
    objects = rendered(CHART, **EVERYTHING)
    kinds = sorted(one["kind"] for found in objects.values() for one in found)
    assert kinds == ["Deployment", "Deployment", "Ingress", "Job", "NetworkPolicy", "NetworkPolicy",
                     "PodDisruptionBudget", "Service"]  # fmt: skip
    assert all(re.fullmatch(r"[a-z0-9-]+", one["metadata"]["name"]) for found in objects.values() for one in found)
    labels = pods()["city-web"]["metadata"]["labels"]
    (service,) = objects["service.yaml"]
    selectors = [service["spec"]["selector"], objects["disruption.yaml"][0]["spec"]["selector"]["matchLabels"],
                 objects["web.yaml"][0]["spec"]["selector"]["matchLabels"],
                 objects["network.yaml"][1]["spec"]["podSelector"]["matchLabels"]]  # fmt: skip
    assert all(selector == labels for selector in selectors)
    (ports,) = [one["ports"] for one in pods()["city-web"]["spec"]["containers"]]
    assert service["spec"]["ports"][0]["targetPort"] == ports[0]["name"]
    backend = objects["ingress.yaml"][0]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == service["metadata"]["name"]
    assert backend["port"]["name"] == service["spec"]["ports"][0]["name"]
    hooks = objects["migrate.yaml"][0]["metadata"]["annotations"]["helm.sh/hook"]
    assert hooks == "pre-install,pre-upgrade"


@pytest.mark.parametrize("name", ["city-web", "city-worker", "city-migrate"])
def test_a_pod_starts_what_exists_with_settings_that_are_read_and_may_do_little_else(name: str) -> None:
    pod = pods()[name]["spec"]
    (container,) = pod["containers"]
    assert container["args"][0] in commands()
    given = {one["name"]: one.get("value", SECRET) for one in container["env"]}
    given["XIANJIE_DATABASE"] = "postgresql+psycopg://db/x"
    settings = settings_from(given)
    assert settings.tls
    assert settings.proxies == 1
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    inner = container["securityContext"]
    assert inner["readOnlyRootFilesystem"] is True
    assert inner["allowPrivilegeEscalation"] is False
    assert inner["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]) == {"requests", "limits"}
    mounted = {one["name"] for one in container["volumeMounts"]}
    assert mounted == {one["name"] for one in pod["volumes"]}


def test_the_addresses_that_probes_ask_are_answered_without_a_sign_in(sqlite_url: str) -> None:
    rig = CityRig(sqlite_url)
    client = create_app(rig.app).test_client()
    (container,) = pods()["city-web"]["spec"]["containers"]
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        asked = container[probe]["httpGet"]
        assert client.get(asked["path"]).status_code == 200
        assert asked["port"] in {port["name"] for port in container["ports"]}
    known = set(re.findall(r"^(xianjie_\w+?)(?:\{| )", rig.app.vitals.metrics.text().decode(), re.MULTILINE))
    known |= set(re.findall(r"^# TYPE (\w+)", Metrics(rig.app.engine).text().decode(), re.MULTILINE))
    rig.close()
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    for rule in rules:
        for used in re.findall(r"xianjie_\w+", rule["expr"]):
            assert used in known or re.sub(r"_(bucket|count|sum)$", "", used) in known, used
        assert set(rule["annotations"]) == {"summary", "action"}


def test_the_renderer_refuses_what_it_does_not_read(tmp_path: Path) -> None:
    shutil.copytree(CHART, tmp_path / "chart")
    (tmp_path / "chart" / "templates" / "x.yaml").write_text("a: {{ include .Values.city }}\n")
    with pytest.raises(NotUnderstood):
        rendered(tmp_path / "chart")
    (tmp_path / "chart" / "templates" / "x.yaml").write_text("a: {{ .Values.nothing }}\n")
    with pytest.raises(NotUnderstood):
        rendered(tmp_path / "chart")
    assert values_of(CHART, city="x")["Values"]["city"] == "x"


@pytest.mark.skipif(shutil.which("helm") is None, reason="LEFT OUT: helm is not installed")
def test_helm_finds_no_fault_in_the_chart() -> None:
    done = subprocess.run(["helm", "lint", "--strict", str(CHART)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

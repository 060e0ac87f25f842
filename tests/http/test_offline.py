"""The desk on a home screen: what describes it, and the one page it shows without a network."""

from flask.testing import FlaskClient

from tests.http.conftest import Client
from tests.processes.rig import CityRig
from web.app import create_app
from web.pages.offline import FILES, version


def test_a_stranger_gets_the_manifest_the_worker_and_the_page_and_all_its_files(client: FlaskClient) -> None:
    found = client.get("/manifest.webmanifest")
    assert found.content_type == "application/manifest+json"
    assert (found.json["start_url"], found.json["scope"], found.json["display"]) == ("/", "/", "standalone")
    for icon in found.json["icons"]:
        with client.get(icon["src"]) as picture:
            assert picture.content_type == "image/png"
    assert {"any", "maskable"} == {icon["purpose"] for icon in found.json["icons"]}
    worker = client.get("/sw.js")
    assert worker.content_type.startswith("text/javascript")
    assert version() in worker.text
    page = client.get("/offline").text
    for name in FILES:
        address = f"/static/{name}?offline={version()}"
        assert address in worker.text
        assert address in page
        with client.get(address) as file:
            assert file.status_code == 200


def test_the_page_without_a_network_is_the_same_for_everybody(city: CityRig, client_of: Client) -> None:
    strangers = create_app(city.app).test_client().get("/offline").text
    assert client_of("ks.jsgc").get("/offline").text == strangers
    assert "csrf" not in strangers
    assert "现在没有网络" in strangers
    assert 'href="/field/"' in strangers


def test_every_page_names_the_manifest_and_scripts_allow_the_worker(client: FlaskClient) -> None:
    page = client.get("/sign-in")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]

"""Running a Holt: health, metrics, request ids, start, stop, commands."""

import re
import subprocess
import threading
import time

import pytest
from support.holt_server import HoltServer, free_port
from support.hub_client import ok, unique


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_health_needs_no_token(nobody, path, method):
    ok(nobody.request(method, path))


def test_metrics_are_prometheus_text(alice, nobody, repo):
    alice.info(repo)
    reply = ok(nobody.get("/metrics"))
    assert reply.headers["content-type"].startswith("text/plain")
    samples = [line for line in reply.text.splitlines() if line and not line.startswith("#")]
    assert samples and all(re.fullmatch(r"[a-zA-Z_:][\w:]*(\{.*\})? [-+\d.eEInfNa]+", line) for line in samples)
    assert any("requests" in line for line in samples)
    assert repo.name not in reply.text, "names of repositories are not labels"


def test_every_reply_has_a_request_id(alice, nobody, repo):
    seen = set()
    for client, method, url in ((alice, "GET", repo.api), (nobody, "GET", "/healthz"), (nobody, "GET", "/no/such"),
                                (nobody, "HEAD", repo.resolve(".gitattributes")), (nobody, "POST", "/api/repos/create")):
        seen.add(client.request(method, url).headers["x-request-id"])
    assert len(seen) == 5


def test_telemetry_is_swallowed(nobody):
    ok(nobody.head("/api/telemetry/topic/of/any/kind"))


def test_second_server_on_the_same_folder_names_the_first(holt):
    second = HoltServer(data=holt.data, catalog=holt.catalog, port=free_port())
    with pytest.raises(RuntimeError) as refusal:
        second.start()
    assert str(holt.process.pid) in str(refusal.value)
    assert str(holt.data) in str(refusal.value)
    ok(holt.api().get("/readyz"))


def test_port_in_use_is_said(holt, tmp_path):
    second = HoltServer(data=tmp_path / "data", port=holt.port)
    ended = subprocess.run(second.serve_command(), capture_output=True, text=True, timeout=20)
    assert ended.returncode != 0
    assert str(holt.port) in ended.stderr + ended.stdout


def test_ready_in_under_a_second_and_stops_cleanly(own_holt):
    assert own_holt.stop() == 0
    own_holt.start()
    assert own_holt.seconds_to_ready < 1
    assert own_holt.stop() == 0


def test_stop_finishes_what_is_in_flight(own_holt):
    content = b"\1" * (32 << 20)
    with own_holt.api("alice") as client:
        made = client.create_repo()
        client.commit_lfs(made, {"w.bin": content})
        got = bytearray()

        def download():
            with client.stream("GET", made.resolve("w.bin")) as reply:
                for piece in reply.iter_bytes(1 << 20):
                    got.extend(piece)
                    time.sleep(0.02)

        reader = threading.Thread(target=download)
        reader.start()
        time.sleep(0.2)
        assert own_holt.stop() == 0
        reader.join()
    assert bytes(got) == content


def test_whole_hub_private(engine, request):
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    with HoltServer(catalog=catalog, environment={"HOLT_HUB_PRIVATE": "true"}) as server:
        server.create_people()
        with server.api("alice") as alice, server.api("bob") as bob, server.api() as nobody:
            made = alice.create_repo()
            assert bob.info(made)["id"] == made.id
            assert nobody.get(made.api).status_code == 401
            assert nobody.get("/api/models").status_code == 401
            ok(nobody.get("/healthz"))


def test_commands_work_while_the_server_runs_and_while_not(own_holt):
    name = unique("user")
    own_holt.cli("user", "create", name)
    with own_holt.api("alice") as alice:
        made = alice.create_repo()
        alice.commit_lfs(made, {"w.bin": b"\2" * 5000})
    assert made.id in own_holt.cli("repo", "list")
    own_holt.cli("fsck")
    own_holt.stop()
    assert made.id in own_holt.cli("repo", "list")
    own_holt.cli("fsck")
    own_holt.cli("user", "create", unique("user"))
    own_holt.start()
    assert own_holt.run("user", "create", name).returncode != 0, "the name is taken"


@pytest.mark.parametrize("words", [
    ("user", "create", "bad name"), ("user", "create", "alice"), ("user", "create", "acme"), ("org", "create", "x", "--owner", "no-such"),
    ("token", "create", "no-such", "--name", "n", "--role", "write"), ("token", "create", "alice", "--name", "n", "--role", "king"),
    ("token", "create", "alice", "--name", "n", "--role", "write", "--value", "short"), ("token", "revoke", "alice", "no-such"),
    ("org", "member", "add", "acme", "no-such", "--role", "read"), ("no-such-command",),
])
def test_commands_refuse_with_a_sentence(holt, words):
    ended = holt.run(*words)
    assert ended.returncode != 0
    assert len(ended.stderr.strip()) > 10


def test_gc_keeps_what_is_used_and_frees_what_is_not(own_holt):
    kept, gone = b"\3" * 400_000, b"\4" * 4_000_000
    with own_holt.api("alice") as alice:
        stays, goes = alice.create_repo(), alice.create_repo()
        alice.commit_lfs(stays, {"w.bin": kept})
        alice.commit_lfs(goes, {"w.bin": gone})
        ok(alice.delete_repo(goes))
    own_holt.cli("gc", "--dry-run")
    own_holt.cli("gc")
    own_holt.cli("fsck")
    with own_holt.api("alice") as alice:
        assert alice.read(stays, "w.bin") == kept


def test_backup_starts_as_a_hub_of_its_own(own_holt, tmp_path, restored_catalog):
    with own_holt.api("alice") as alice:
        made = alice.create_repo()
        tip = alice.commit_files(made, {"a.txt": "a"})
        tip = alice.commit_lfs(made, {"w.bin": b"\5" * 100_000})
    own_holt.cli("backup", tmp_path / "copy")
    with HoltServer(data=tmp_path / "copy", catalog=restored_catalog(tmp_path / "copy")) as copy:
        copy.tokens = own_holt.tokens
        with copy.api("alice") as alice:
            assert alice.head_of(made) == tip
            assert alice.read(made, "w.bin") == b"\5" * 100_000


def test_public_address_is_used_in_what_it_says(tmp_path):
    with HoltServer(options=("--public-url", "https://hub.example")) as server:
        server.create_people()
        with server.api("alice") as alice:
            told = ok(alice.post("/api/repos/create", json={"name": "x"})).json()
            assert told["url"] == "https://hub.example/alice/x"

"""secret.key: a changed bit in it is noticed, named and repaired; a lost one is replaced, and that is said."""

import os

import pytest
from support.hub_client import ok

from test_upkeep import flip_bit


def start_refused(holt):
    with pytest.raises(RuntimeError) as refused:
        holt.start()
    return str(refused.value)


def restorable(holt, tmp_path):
    backup = tmp_path / "backup"
    holt.cli("backup", backup)
    return backup


def test_a_flipped_bit_keeps_the_server_from_starting(own_holt, tmp_path):
    backup = restorable(own_holt, tmp_path)
    own_holt.stop()
    file = own_holt.data / "secret.key"
    sound = file.read_bytes()
    for at in (0, 17, 31):
        flip_bit(file, at)
        said = start_refused(own_holt)
        assert str(file) in said and "a bit of the file has changed" in said and "holt repair --from BACKUP" in said
        for command in ("fsck", "scrub"):
            found = own_holt.run(command)
            assert found.returncode == 1 and "secret.key: it is not the secret" in found.stdout
        # Commands that have nothing to do with it go on.
        own_holt.cli("user", "list")
        assert "repaired secret.key" in own_holt.cli("repair", "--from", backup)
        assert file.read_bytes() == sound and file.stat().st_mode & 0o777 == 0o600
    own_holt.cli("scrub")
    own_holt.start()


def test_a_running_server_is_told_by_the_checks(own_holt):
    file = own_holt.data / "secret.key"
    flip_bit(file, 5)
    assert "secret.key: it is not the secret" in own_holt.run("scrub").stdout
    flip_bit(file, 5)
    own_holt.cli("scrub")


def test_a_backup_that_is_no_better_repairs_nothing(own_holt, tmp_path):
    backup = restorable(own_holt, tmp_path)
    own_holt.stop()
    for folder in (own_holt.data, backup):
        flip_bit(folder / "secret.key", 3)
    ended = own_holt.run("repair", "--from", backup)
    assert ended.returncode == 1 and "the backup has no better one" in ended.stdout
    assert "a bit of the file has changed" in start_refused(own_holt)


def test_a_lost_secret_is_made_anew_and_tokens_and_sessions_go_on(own_holt):
    with own_holt.api("alice") as alice:
        repo = alice.create_repo(private=True)
        old = ok(alice.get(f"{repo.api}/xet-read-token/main")).json()
        own_holt.stop()
        (own_holt.data / "secret.key").unlink()
        own_holt.start()
        assert ok(alice.get("/api/whoami-v2")).json()["name"] == "alice"
        with own_holt.api() as nobody:
            hash_ = "0" * 64
            headers = {"authorization": f"Bearer {old['accessToken']}"}
            assert nobody.get(f"/v1/reconstructions/{hash_}", headers=headers).status_code == 401
    with own_holt.api("root") as root:
        assert "secret.renew" in [row["action"] for row in ok(root.get("/api/admin/audit")).json()]
    own_holt.stop()
    own_holt.start()


def test_a_hub_from_before_there_was_a_proof_starts_and_has_one_then(engine, own_holt):
    if engine == "postgres":
        pytest.skip("the catalog is changed in a SQLite file; the statements are the same")
    from support.catalog_file import change_catalog

    own_holt.stop()
    change_catalog(own_holt.data / "catalog.sqlite", "DELETE FROM hub_facts")
    own_holt.start()
    own_holt.stop()
    flip_bit(own_holt.data / "secret.key", 9)
    assert "a bit of the file has changed" in start_refused(own_holt)


def test_anothers_secret_is_noticed(own_holt):
    own_holt.stop()
    (own_holt.data / "secret.key").write_bytes(os.urandom(32))
    assert "are not of the same hub" in start_refused(own_holt)

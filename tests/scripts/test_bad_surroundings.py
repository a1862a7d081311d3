"""What a new user may meet at the first start: each trouble gets a message that says what to do,
and nothing half-done stays.
"""

import os
import shutil
import socket
import subprocess

import pytest

from tests.servers import ROOT


@pytest.fixture
def checkout(tmp_path):
    """A clean checkout, with nothing installed."""
    files = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "Makefile",
            "scripts",
            "requirements*.txt",
            "package*.json",
            "odoo.conf",
            "crm_suite*/__manifest__.py",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, files):
        target = tmp_path / "checkout" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return tmp_path / "checkout"


def run(checkout, *command, stdin="", **environment):
    """Run a command as a new user would; returns (exit code, what it said)."""
    base = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PG", "ODOO_", "CRM_SUITE_"))
    }
    done = subprocess.run(
        command,
        check=False,
        cwd=checkout,
        env={**base, **environment},
        input=stdin,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    return done.returncode, done.stdout


def test_no_network(checkout, tmp_path):
    dead = "http://127.0.0.1:9"
    code, said = run(
        checkout,
        "scripts/setup",
        "run",
        "odoo",
        CRM_SUITE_CACHE=str(tmp_path / "cache"),
        http_proxy=dead,
        https_proxy=dead,
    )
    assert code == 1
    assert "Odoo 19 could not be downloaded" in said
    assert "ODOO_HOME" in said and "network" in said
    assert not (tmp_path / "cache" / "debs").exists(), (
        "a part of a download must not pass for a whole one"
    )
    assert not (checkout / ".odoo" / "root").exists()


def test_no_network_for_python_packages(checkout, tmp_path):
    (checkout / "requirements.txt").write_text("six==1.16.0\n")
    code, said = run(
        checkout,
        "scripts/setup",
        "run",
        "python",
        CRM_SUITE_CACHE=str(tmp_path / "cache"),
        https_proxy="http://127.0.0.1:9",
        http_proxy="http://127.0.0.1:9",
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="0",
        PIP_FIND_LINKS="",
        PIP_CONFIG_FILE="/dev/null",
    )
    assert code == 1
    assert "pip could not install requirements.txt" in said and "network" in said
    assert not (checkout / ".venv" / ".stamp").exists()


def test_full_disk(checkout, tmp_path):
    cache = tmp_path / "full"
    cache.mkdir()
    unshare = (
        ["unshare", "--mount"]
        if os.getuid() == 0
        else ["unshare", "--user", "--map-root-user", "--mount"]
    )
    code, said = run(
        checkout,
        *unshare,
        "sh",
        "-c",
        f"mount -t tmpfs -o size=5m tmpfs {cache} && exec scripts/setup run odoo",
        CRM_SUITE_CACHE=str(cache),
    )
    assert code == 1
    assert "no room for the download of Odoo" in said and "MB" in said
    assert "CRM_SUITE_CACHE" in said


def test_a_cut_off_unpacking_is_done_again(checkout, tmp_path):
    """A half-unpacked tree is not trusted; a small package stands for Odoo's here."""
    cache = tmp_path / "cache"
    (cache / "debs").mkdir(parents=True)
    tree = tmp_path / "tree" / "usr/lib/python3/dist-packages/odoo"
    tree.mkdir(parents=True)
    (tree / "release.py").write_text("version_info = (19, 0, 0, 'final', 0, '')\n")
    control = tmp_path / "tree" / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        "Package: odoo-19\nVersion: 19.0\nArchitecture: all\n"
        "Maintainer: Nobody <nobody@example.com>\nDescription: test\n"
    )
    subprocess.run(
        [
            "dpkg-deb",
            "--root-owner-group",
            "-b",
            tmp_path / "tree",
            cache / "debs" / "odoo-19_19.0_all.deb",
        ],
        check=True,
        capture_output=True,
    )
    left_over = checkout / ".odoo" / "root.part"
    left_over.mkdir(parents=True)
    (left_over / "half").write_text("half")
    code, said = run(checkout, "scripts/setup", "run", "odoo", CRM_SUITE_CACHE=str(cache))
    assert code == 0, said
    assert (checkout / ".odoo" / "src" / "odoo" / "release.py").exists()
    assert not (checkout / ".odoo" / "root" / "half").exists()
    damaged = cache / "debs" / "odoo-19_19.0_all.deb"
    damaged.write_bytes(damaged.read_bytes()[:-200])
    shutil.rmtree(checkout / ".odoo")
    code, said = run(checkout, "scripts/setup", "run", "odoo", CRM_SUITE_CACHE=str(cache))
    assert code == 1 and "could not be unpacked" in said
    assert not (checkout / ".odoo" / "root").exists()


def test_wrong_odoo_home(checkout, tmp_path):
    code, said = run(checkout, "scripts/setup", "run", "odoo", ODOO_HOME=str(tmp_path))
    assert code == 1 and "holds no odoo/release.py" in said
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final', 0, '')\n")
    code, said = run(checkout, "scripts/setup", "run", "odoo", ODOO_HOME=str(tmp_path))
    assert code == 1 and "is not Odoo 19.0" in said


def test_unfit_python(checkout):
    code, said = run(checkout, "scripts/setup", "run", "python", PYTHON="/bin/false")
    assert code == 1 and "Python 3.10 to 3.13 is needed" in said


def test_port_in_use(checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = run(checkout, "make", "run", f"PORT={port}")
    assert code != 0
    assert f"port {port} is in use" in said and f"make run PORT={port + 1}" in said


def test_no_server_at_pghost(checkout, tmp_path):
    script = ". scripts/common.sh; use_server run"
    code, said = run(checkout, "bash", "-c", script, PGHOST=str(tmp_path), PGUSER="nobody")
    assert code == 1
    assert "no PostgreSQL answers at PGHOST" in said and "Unset PGHOST" in said


def test_clean_asks_first(checkout):
    (checkout / ".run").mkdir()
    (checkout / ".run" / "precious").write_text("data")
    code, said = run(checkout, "make", "clean", stdin="yes\n")
    assert code != 0 and "nothing was deleted" in said
    assert (checkout / ".run" / "precious").exists()
    code, said = run(checkout, "make", "clean", stdin="delete\n")
    assert code == 0, said
    assert not (checkout / ".run").exists()


def test_help_names_every_target(checkout):
    code, said = run(checkout, "make")
    assert code == 0
    for target in ("run", "stop", "clean", "test", "test-fast", "lint", "bench"):
        assert f"make {target} " in said


def test_unknown_room(checkout):
    (checkout / "crm_suite" / "tests" / "segment").mkdir(parents=True)
    code, said = run(checkout, "make", "test-fast", "ROOM=nowhere")
    assert code != 0 and "no add-on has tests for a room 'nowhere'" in said and "segment" in said

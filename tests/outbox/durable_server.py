"""A PostgreSQL server of its own that forgets nothing, and can be stopped hard."""

import contextlib
import os
import subprocess

from tests.servers import ROOT

SCRIPT = str(ROOT / "scripts/postgres")


@contextlib.contextmanager
def durable_server(template):
    """A server with a copy of the database `template`, to which all that is started meanwhile
    connects.

    Yields a function that stops it as a power cut would, and starts it again.
    """
    before = {name: os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER", "PGOPTIONS")}
    dump = subprocess.run(["pg_dump", "-Fc", "-Z0", template], check=True, capture_output=True)
    subprocess.run([SCRIPT, "crash", "start"], check=True)
    socket = subprocess.run(
        [SCRIPT, "crash", "socket"], check=True, capture_output=True, text=True
    ).stdout.strip()
    os.environ.update(PGHOST=socket, PGPORT="5432", PGUSER="odoo")
    try:
        subprocess.run(["dropdb", "--if-exists", template], check=True)
        subprocess.run(["createdb", template], check=True)
        # nothing is lost by a crash after this
        os.environ["PGOPTIONS"] = "-c synchronous_commit=off"
        subprocess.run(["pg_restore", "-d", template], input=dump.stdout, check=True)
        del os.environ["PGOPTIONS"]
        yield lambda: subprocess.run([SCRIPT, "crash", "crash"], check=True)
    finally:
        subprocess.run([SCRIPT, "crash", "stop"], check=True)
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

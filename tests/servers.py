"""Real servers for the tests, each on a free port of this machine and stopped by its owner."""

import contextlib
import imaplib
import mailbox
import os
import pathlib
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=120):
    """The first true value of `condition()`; AssertionError naming `what` when there is none in
    time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s for {what}")


class MailServers:
    """SMTP that delivers to Maildirs, IMAP (pymap) that serves them. Users are made with
    `add_user`; the password is `secret`.
    """

    password = "secret"

    def __init__(self, folder):
        from mailbox_server import serve

        self.folder = pathlib.Path(folder)
        self.smtp_port, self.imap_port = free_port(), free_port()
        self.smtp = serve(self.folder, self.smtp_port)
        self.imap = None

    def start_imap(self, *users):
        from pysasl.hashing import BuiltinHash

        secret = BuiltinHash().hash(self.password)
        for user in users:
            mailbox.Maildir(self.folder / user)
        (self.folder / "pymap-etc-passwd").write_text(
            "".join(f"{u}::1000:1000::{u}:\n" for u in users)
        )
        (self.folder / "pymap-etc-shadow").write_text(
            "".join(f"{u}:{secret}::::::\n" for u in users)
        )
        log = (self.folder / "pymap.log").open("w")
        self.imap = subprocess.Popen(
            [
                "pymap",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.imap_port),
                "--no-tls",
                "maildir",
                str(self.folder),
            ],
            stdout=log,
            stderr=log,
        )

        def ready():
            assert self.imap.poll() is None, (self.folder / "pymap.log").read_text()
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client = imaplib.IMAP4("127.0.0.1", self.imap_port)
                client.login(users[0], self.password)
                client.logout()
                return True

        wait_for("the IMAP server", ready)

    def send(self, message):
        """Hand a message (EmailMessage or raw bytes with From and To) to the SMTP server."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as smtp:
            if isinstance(message, EmailMessage):
                smtp.send_message(message)
            else:
                parsed = message_from_bytes(message)
                smtp.sendmail("sender@example.org", [parsed["To"]], message)

    def received(self, user):
        """The messages delivered to user@..., oldest first, parsed."""
        box = self.folder / user / "new"
        files = sorted(box.iterdir(), key=lambda f: f.stat().st_mtime) if box.exists() else []
        return [message_from_bytes(f.read_bytes(), policy=policy.default) for f in files]

    def stop(self):
        self.smtp.stop()
        if self.imap:
            self.imap.terminate()
            self.imap.wait(10)


class OdooServer:
    """An Odoo process on a database of its own, with HTTP, without cron."""

    def __init__(self, database, folder, **options):
        self.database = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = pathlib.Path(folder) / f"{database}.log"
        environment = dict(os.environ, ODOO_MAX_CRON_THREADS="0", ODOO_HTTP_PORT=str(self.port))
        environment.update({f"ODOO_{key.upper()}": str(value) for key, value in options.items()})
        self.process = subprocess.Popen(
            ["odoo", "server", "-d", database, "--logfile", str(self.log)],
            cwd=ROOT,
            env=environment,
        )
        self._wait()

    def _wait(self):
        def healthy():
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                return requests.get(f"{self.url}/web/health", timeout=5).ok

        try:
            wait_for("Odoo", healthy, 180)
        except AssertionError:
            self.stop()
            raise

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def log_length(self):
        return len(self.log.read_text())

    def complaints(self, since=0):
        """Errors, and warnings of ours, in the log behind so many characters of it."""
        lines = re.findall(
            r"^.* (?:ERROR|CRITICAL) .*$|^.* WARNING .*crm_suite.*$",
            self.log.read_text()[since:],
            re.MULTILINE,
        )
        return [line for line in lines if "iap" not in line]

    def login(self, login, password=None):
        return Client(self.url, self.database, login, password or login)


class Client:
    """A logged-in user of an Odoo server, as a browser is: session cookie and JSON-RPC."""

    def __init__(self, url, database, login, password):
        self.url = url
        self.http = requests.Session()
        self.uid = self._rpc(
            "/web/session/authenticate", {"db": database, "login": login, "password": password}
        )["uid"]

    def _rpc(self, path, params):
        answer = self.http.post(
            self.url + path,
            json={"jsonrpc": "2.0", "method": "call", "params": params},
            timeout=120,
        ).json()
        if "error" in answer:
            raise RpcError(answer["error"]["data"])
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        return self._rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def read(self, model, ids, *fields):
        return self.call(model, "read", [ids] if isinstance(ids, int) else ids, list(fields))

    def find(self, model, domain, *fields, **kwargs):
        return self.call(model, "search_read", domain, list(fields), **kwargs)

    def ref(self, xml_id):
        """The database id of an external id, `module.name`."""
        module, name = xml_id.split(".")
        domain = [["module", "=", module], ["name", "=", name]]
        return self.find("ir.model.data", domain, "res_id")[0]["res_id"]

    def form_token(self, path):
        """The CSRF token of a page."""
        return re.search(
            r'csrf_token["\': =value]+([0-9a-f]{40}o\d+)',
            self.http.get(self.url + path, timeout=60).text,
        ).group(1)


class RpcError(Exception):
    """What the server answered instead of a result: `name` of the exception, `message` for the
    user.
    """

    def __init__(self, data):
        super().__init__(f"{data['name']}: {data['message']}")
        self.name, self.message = data["name"], data["message"]

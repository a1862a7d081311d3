import json
import pathlib
from types import SimpleNamespace

import pytest
import requests

from tests.conftest import odoo_shell
from tests.servers import Client

# everybody but "stranger" is signed in; who works for the other company: scene.py
PEOPLE = (
    "stranger",
    "portal",
    "clerk",
    "agent",
    "accountant",
    "marketer",
    "own",
    "leader",
    "everything",
    "manager",
    "abroad",
    "both",
)
SCENE = (pathlib.Path(__file__).parent / "scene.py").read_text()


class Stranger(Client):
    """Somebody who is not signed in."""

    def __init__(self, url):
        self.url, self.http, self.uid = url, requests.Session(), None


class Worker(Client):
    """Somebody who works for two companies and has opened the first."""

    company_id = None

    def call(self, model, method, *args, **kwargs):
        context = {"allowed_company_ids": [self.company_id], **kwargs.pop("context", {})}
        return super().call(model, method, *args, context=context, **kwargs)


@pytest.fixture(scope="package")
def scene(suite):
    [line] = [
        line for line in odoo_shell(suite.database, SCENE).splitlines() if line.startswith("SCENE ")
    ]
    scene = SimpleNamespace(suite=suite, **json.loads(line.removeprefix("SCENE ")))
    scene.people = {name: suite.login(f"readers.{name}") for name in PEOPLE[1:]}
    scene.people["both"] = both = Worker(suite.url, suite.database, "readers.both", "readers.both")
    both.company_id = scene.companies["main"]
    scene.people["stranger"] = Stranger(suite.url)
    return scene

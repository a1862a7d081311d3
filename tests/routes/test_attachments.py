"""Every file of a customer, asked for by everybody at every door that hands files out."""

import contextlib

import pytest

from tests.servers import RpcError

from .conftest import PEOPLE, SECRET

DOORS = (
    "/web/content/{id}",
    "/web/content/{id}?download=true",
    "/web/content/ir.attachment/{id}/datas",
    "/web/content/ir.attachment/{id}/raw/x.txt",
    "/web/image/{id}",
    "/web/content/{id}?access_token={token}",
    "/web/content/{id}?access_token=None",
    "/web/content/{id}?access_token=",
)


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("file", ["opening", "answer", "note"])
def test_nobody_gets_a_file_by_its_number(scene, file, name):
    person = scene.people[name]
    for door in DOORS:
        url = person.url + door.format(id=scene.files[file], token=scene.token)
        answer = person.http.get(url, timeout=60)
        assert answer.status_code < 500
        assert SECRET not in answer.text, door


def test_the_customer_gets_his_file_by_the_link_of_his_page(scene):
    owner = scene.people["owner"]
    assert f"/{scene.files['opening']}?" in scene.link
    assert SECRET in owner.http.get(owner.url + scene.link, timeout=60).text


@pytest.mark.parametrize("name", PEOPLE)
def test_no_list_of_files_tells_of_them(scene, name):
    """Neither RPC nor the page of the ticket names the files of notes."""
    person = scene.people[name]
    page = person.http.get(f"{person.url}/my/tickets/{scene.ticket}", timeout=60)
    assert "note.txt" not in page.text
    if person.uid:
        with contextlib.suppress(RpcError):
            assert not person.find(
                "ir.attachment",
                [["res_model", "=", "crm.ticket"], ["res_id", "=", scene.ticket]],
                "name",
            )

"""The printed pipeline review of a team, as the server and wkhtmltopdf make it."""

import json
import re
import unicodedata

import pytest

from .conftest import pdf_text


@pytest.fixture(scope="module")
def team(suite):
    """A team whose salesperson has an open and a won opportunity, beside those of a colleague."""
    admin = suite.login("admin")
    groups = [admin.ref("base.group_user"), admin.ref("sales_team.group_sale_salesman")]
    users = {}
    for login, language in (("review.en", "en_US"), ("review.ar", "ar_001")):
        values = {
            "name": login.replace(".", " ").title(),
            "login": login,
            "password": login,
            "lang": language,
            "group_ids": [[6, 0, groups]],
        }
        users[login] = admin.call("res.users", "create", values)
    team = admin.call(
        "crm.team", "create", {"name": "Review", "member_ids": [[6, 0, list(users.values())]]}
    )
    won = admin.find("crm.stage", [["is_won", "=", True]], "id")[0]["id"]
    for login, user in users.items():
        values = {"type": "opportunity", "team_id": team, "user_id": user}
        for name, more in (
            ("Desks", {"expected_revenue": 4321}),
            ("Chairs", {"expected_revenue": 99, "stage_id": won}),
        ):
            admin.call("crm.lead", "create", {**values, **more, "name": f"{name} {login}"})
    return team


def review(user, team):
    language = user.call("res.users", "read", [user.uid], ["lang"])[0]["lang"]
    context = {"lang": language}
    wizard = user.call(
        "crm.pipeline.review", "create", {"team_ids": [[6, 0, [team]]]}, context=context
    )
    action = user.call("crm.pipeline.review", "action_print", [wizard], context=context)
    answer = user.http.get(
        f"{user.url}/report/pdf/{action['report_name']}/{wizard}",
        params={"context": json.dumps(context)},
        timeout=120,
    )
    assert answer.headers["content-type"] == "application/pdf", answer.text[:2000]
    # what Arabic letters look like in print, as letters again
    return unicodedata.normalize("NFKC", pdf_text(answer.content))


def test_review_in_english(suite, team):
    text = review(suite.login("review.en"), team)
    assert "Pipeline Review: Review" in text
    assert "As seen by Review En" in text
    assert "4,321.00" in text
    assert "Desks review.en" in text
    assert "Chairs review.en" in text
    assert "review.ar" not in text, "a colleague's"
    assert re.search(r"1\s*/\s*1", text), (
        "the footer, which only wkhtmltopdf with patched Qt prints"
    )


def test_review_in_arabic(suite, team):
    text = review(suite.login("review.ar"), team)
    assert "Desks review.ar" in text
    assert "review.en" not in text, "a colleague's"
    assert "جديد" in "".join(text.split()), "the stage, in letters that belong together"

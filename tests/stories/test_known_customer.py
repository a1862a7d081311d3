"""A customer whom another brought buys, buys again, returns something and turns out to be there
twice: his figures, his stage, his segment and his page follow, and nobody else learns of it.
"""

import pytest

from tests.servers import RpcError
from tests.stories.conftest import create_in, run_cron, run_wizard

REFERENCE = "KNOWN-CUSTOMER"
SHELF, LAMP = 400.0, 100.0

# The chapters run in order; each leaves what it made to the next.


def make_user(admin, login, group, **values):
    ids = [admin.ref(xml_id) for xml_id in ("base.group_user", group)]
    admin.call(
        "res.users",
        "create",
        {
            "name": login.title(),
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            "group_ids": [[6, 0, ids]],
            **values,
        },
    )


@pytest.fixture(scope="module")
def people(suite, company, admin):
    """Buthayna and Mazen sell, each with own documents; Wadha sees all; Shadi works elsewhere."""
    elsewhere = admin.call("res.company", "create", {"name": "Elsewhere"})
    make_user(admin, "buthayna", "sales_team.group_sale_salesman")
    make_user(admin, "mazen", "sales_team.group_sale_salesman")
    make_user(admin, "wadha", "sales_team.group_sale_salesman_all_leads")
    make_user(
        admin,
        "shadi",
        "sales_team.group_sale_salesman_all_leads",
        company_id=elsewhere,
        company_ids=[[6, 0, [elsewhere]]],
    )
    return {login: suite.login(login) for login in ("buthayna", "mazen", "wadha", "shadi")}


@pytest.fixture(scope="module")
def products(admin):
    values = {"type": "service", "invoice_policy": "order", "taxes_id": [[6, 0, []]]}
    return [
        admin.call("product.product", "create", {**values, "name": name, "list_price": price})
        for name, price in (("Known Shelf", SHELF), ("Known Lamp", LAMP))
    ]


def sell(user, partner, products, **values):
    lines = [[0, 0, {"product_id": product, "product_uom_qty": 1}] for product in products]
    order = create_in(
        user, "sale.order", {}, {"partner_id": partner, "order_line": lines, **values}
    )
    user.call("sale.order", "action_confirm", [order])
    return order


def figures(user, partner, *fields):
    domain = [["partner_id", "=", partner]]
    return user.find("crm.customer.metric", domain, *fields)


def stage(user, partner):
    return user.read("res.partner", partner, "lifecycle_stage_id")[0]["lifecycle_stage_id"]


def follow(admin):
    """What the scheduled actions do within minutes, and at night."""
    run_cron(admin, "crm_suite", "ir_cron_refresh_metrics")
    run_cron(admin, "crm_suite", "ir_cron_lifecycle")


def test_1_a_referred_lead_becomes_a_customer(admin, people, products, story):
    buthayna = people["buthayna"]
    story.referrer = admin.call(
        "res.partner", "create", {"name": "Nabil Stores", "is_company": True}
    )
    values = {
        "name": "Shelves for a market",
        "partner_name": "Rafid Markets",
        "email_from": "office@rafid.example.net",
        "type": "lead",
        "referred_by_id": story.referrer,
    }
    lead = buthayna.call("crm.lead", "create", values)
    context = {"active_model": "crm.lead", "active_id": lead, "active_ids": [lead]}
    values = {"name": "convert", "action": "create"}
    run_wizard(buthayna, "crm.lead2opportunity.partner", "action_apply", context, values)
    contact = buthayna.read("crm.lead", lead, "partner_id")[0]["partner_id"][0]
    [found] = admin.read("res.partner", contact, "commercial_partner_id", "referred_by_id")
    story.partner = found["commercial_partner_id"][0]
    admin.call("res.partner", "write", [story.partner], {"ref": REFERENCE})
    assert found["referred_by_id"][0] == story.referrer
    follow(admin)
    assert stage(buthayna, story.partner)[1] == "Opportunity"

    story.first = sell(buthayna, story.partner, products, opportunity_id=lead)
    assert stage(buthayna, story.partner)[1] == "Customer", "a confirmed order moves at once"


def test_2_he_orders_again(admin, people, products, story):
    buthayna = people["buthayna"]
    admin.call("sale.order", "write", [story.first], {"date_order": "2026-01-05 10:00:00"})
    sell(buthayna, story.partner, products[:1])
    follow(admin)
    names = ("order_count", "revenue", "average_order_value", "first_order_date", "user_id")
    [row] = figures(buthayna, story.partner, *names)
    assert (row["order_count"], row["revenue"]) == (2, 2 * SHELF + LAMP)
    assert row["average_order_value"] == (2 * SHELF + LAMP) / 2
    assert row["first_order_date"] == "2026-01-05" and row["user_id"][1] == "Buthayna"
    assert stage(buthayna, story.partner)[1] == "Repeat"
    moves = buthayna.find("crm.lifecycle.move", [["partner_id", "=", story.partner]], "to_stage_id")
    assert {"Customer", "Repeat"} <= {move["to_stage_id"][1] for move in moves}


def test_3_he_is_seen_in_a_segment_before_it_is_saved(people, story):
    wadha = people["wadha"]
    definition = {
        "name": "Who come again",
        "domain": repr([("metric_ids.order_count", ">=", 2), ("ref", "=", REFERENCE)]),
    }
    before = wadha.call("crm.segment", "search_count", [])
    preview = wadha.call("crm.segment", "get_preview", [], definition)
    assert not preview["error"] and preview["count"] == 1
    assert [row["id"] for row in preview["sample"]] == [story.partner]
    assert wadha.call("crm.segment", "search_count", []) == before, "a preview writes nothing"
    story.segment = wadha.call("crm.segment", "create", definition)
    members = wadha.find("crm.segment.member", [["segment_id", "=", story.segment]], "partner_id")
    assert [member["partner_id"][0] for member in members] == [story.partner]


def test_4_his_page_tells_who_he_is(people, story):
    buthayna = people["buthayna"]
    kind = buthayna.find("crm.partner.relation.type", [], "id", limit=1)[0]["id"]
    values = {"left_id": story.partner, "type_id": kind, "right_id": story.referrer}
    buthayna.call("crm.partner.relation", "create", values)
    blocks = buthayna.call("crm.customer.page", "get_page", story.partner)["blocks"]
    assert "900" in str(blocks["figures"]) and "Repeat" in str(blocks["standing"])
    assert "Nabil Stores" in str(blocks), "who brought him, and how they stand to each other"


def test_5_what_he_sends_back_is_deducted(admin, people, story):
    context = {"active_model": "sale.order", "active_ids": [story.first]}
    run_wizard(admin, "sale.advance.payment.inv", "create_invoices", context)
    invoice = admin.read("sale.order", story.first, "invoice_ids")[0]["invoice_ids"]
    admin.call("account.move", "action_post", invoice)
    context = {"active_model": "account.move", "active_ids": invoice}
    [journal] = admin.read("account.move", invoice, "journal_id")
    values = {"journal_id": journal["journal_id"][0]}
    run_wizard(admin, "account.move.reversal", "refund_moves", context, values)
    [credit] = admin.find("account.move", [["reversed_entry_id", "in", invoice]], "id")
    admin.call("account.move", "action_post", [credit["id"]])
    follow(admin)
    [row] = figures(people["wadha"], story.partner, "revenue", "refunded_amount")
    assert (row["revenue"], row["refunded_amount"]) == (SHELF, SHELF + LAMP)


def test_6_he_was_there_twice(admin, people, products, story):
    wadha = people["wadha"]
    twin = admin.call("res.partner", "create", {"name": "Rafid Market", "is_company": True})
    sell(people["buthayna"], twin, products[1:])
    follow(admin)
    assert figures(wadha, twin, "revenue")[0]["revenue"] == LAMP
    wizard = create_in(
        admin,
        "base.partner.merge.automatic.wizard",
        {},
        {"partner_ids": [[6, 0, [story.partner, twin]]], "dst_partner_id": story.partner},
    )
    admin.call("base.partner.merge.automatic.wizard", "action_merge", [wizard])
    follow(admin)
    [row] = figures(wadha, story.partner, "order_count", "revenue")
    assert (row["order_count"], row["revenue"]) == (3, SHELF + LAMP)
    assert stage(wadha, story.partner)[1] == "Repeat"
    assert admin.find("res.partner", [["id", "=", twin]], "id") == []
    wadha.call("crm.segment", "action_evaluate", [story.segment])
    assert wadha.read("crm.segment", story.segment, "member_count")[0]["member_count"] == 1


@pytest.mark.parametrize("login", ["mazen", "shadi"])
def test_7_nobody_else_learns_of_it(people, story, login):
    stranger = people[login]
    assert figures(stranger, story.partner, "revenue") == []
    domain = [["metric_ids.revenue", ">", 0], ["ref", "=", REFERENCE]]
    assert stranger.find("res.partner", domain, "id") == []
    preview = stranger.call("crm.segment", "get_preview", [], {"domain": repr(domain)})
    assert preview["count"] == 0
    for model in ("crm.customer.value", "crm.customer.profit.report", "crm.customer.risk"):
        assert stranger.call(model, "search_count", [["partner_id", "=", story.partner]]) == 0
    try:
        page = stranger.call("crm.customer.page", "get_page", story.partner)
    except RpcError:
        return
    assert "900" not in str(page) and "500" not in str(page["blocks"]["figures"])


def test_8_nothing_was_logged(complaints):
    assert complaints() == []

"""Money that comes in, as a salesperson lives it who is no accountant: real SMTP, real PDFs, the
rights of the own documents. Days pass by moving what happened into the past.

An invoice is overdue; the reminder is looked at, changed and sent; the customer promises, is left
in peace, does not pay; the second level goes; a part is paid, a statement printed, the rest paid.
"""

import json
from datetime import date, timedelta

import pytest

from tests.conftest import psql
from tests.servers import RpcError, wait_for
from tests.stories.conftest import (
    Story,
    create_in,
    pdf_text,
    pdfs,
    run_cron,
    run_wizard,
    timeline_of,
)

BOX = "omar.trading"
ADDRESS = f"{BOX}@example.org"
# What has happened; all their dates
TABLES = [
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "crm_interaction",
    "crm_payment_promise",
    "crm_payment_reminder",
    "crm_payment_reminder_line",
    "crm_timeline_message",
    "mail_message",
]


def days_pass(suite, days):
    for table in TABLES:
        columns = psql(
            suite.database,
            f"""select column_name from information_schema.columns where table_name = '{table}'
                   and data_type in ('date', 'timestamp without time zone')""",
        )
        changes = ", ".join(f"{name} = {name} - interval '{days} days'" for [name] in columns)
        psql(suite.database, f"update {table} set {changes}")


@pytest.fixture(scope="module")
def scene(suite, mail):
    """Salesperson Rana with her own documents, accountant Adel, and Rana's customer Omar."""
    admin = suite.login("admin")
    admin.call("ir.config_parameter", "set_param", "report.url", suite.url)
    admin.call("res.company", "write", [1], {"email": "office@example.com"})
    users = {}
    for login, group in {
        "rana": "sales_team.group_sale_salesman",
        "adel": "account.group_account_invoice",
        "hadi": "sales_team.group_sale_salesman",
    }.items():
        users[login] = admin.call(
            "res.users",
            "create",
            {
                "name": login.title(),
                "login": login,
                "password": login,
                "email": f"{login}@example.com",
                "group_ids": [[6, 0, [admin.ref("base.group_user"), admin.ref(group)]]],
            },
        )
    customer = admin.call(
        "res.partner",
        "create",
        {"name": "Omar Trading", "is_company": True, "email": ADDRESS, "user_id": users["rana"]},
    )
    product = admin.call(
        "product.product",
        "create",
        {"name": "Walnut Shelf", "list_price": 500, "taxes_id": [[6, 0, []]]},
    )
    scene = Story()
    scene.customer, scene.product, scene.users = customer, product, users
    scene.levels = [
        admin.ref(f"crm_suite.crm_payment_reminder_level_{number}") for number in (1, 2, 3)
    ]
    scene.invoices = [
        invoice(suite, scene, amount, days) for amount, days in ((500, 24), (300, 6), (70, -30))
    ]
    return scene


def invoice(suite, scene, amount, days_late):
    """Post an invoice that is late by so many days; return its id."""
    adel = suite.login("adel")
    due = date.today() - timedelta(days=days_late)
    move = adel.call(
        "account.move",
        "create",
        {
            "move_type": "out_invoice",
            "partner_id": scene.customer,
            "invoice_date": str(min(due, date.today()) - timedelta(days=1)),
            "invoice_payment_term_id": False,
            "invoice_date_due": str(due),
            "invoice_line_ids": [
                [0, 0, {"product_id": scene.product, "quantity": 1, "price_unit": amount}]
            ],
        },
    )
    adel.call("account.move", "action_post", [move])
    return move


def numbers(user, moves):
    return [move["name"] for move in user.read("account.move", moves, "name")]


def prepare(user, customer):
    """Prepare the reminder of a customer; return its id."""
    action = user.call("res.partner", "action_prepare_payment_reminders", [customer])
    return action["res_id"]


def read_reminder(user, reminder):
    fields = ["state", "level_id", "hold_kind", "hold_reason", "subject", "body", "total"]
    return user.read("crm.payment.reminder", reminder, *fields)[0]


def pay(suite, move, amount):
    adel = suite.login("adel")
    context = {"active_model": "account.move", "active_ids": [move]}
    values = {"amount": amount}
    run_wizard(adel, "account.payment.register", "action_create_payments", context, values)


def test_1_the_reminder_is_looked_at_and_changed(suite, scene, mail):
    rana = suite.login("rana")
    scene.reminder = prepare(rana, scene.customer)
    reminder = read_reminder(rana, scene.reminder)
    assert reminder["state"] == "draft" and not reminder["hold_kind"], reminder
    assert reminder["level_id"][0] == scene.levels[0]
    first, second, later = numbers(suite.login("adel"), scene.invoices)
    assert first in reminder["body"] and second in reminder["body"]
    assert later not in reminder["body"], "it is not due yet"
    assert "800.00" in reminder["total"]
    rana.call(
        "crm.payment.reminder", "write", [scene.reminder], {"subject": "Dear Omar, two invoices"}
    )
    assert mail.received(BOX) == []


def test_2_a_colleague_reaches_none_of_it(suite, scene):
    hadi = suite.login("hadi")
    assert hadi.find("crm.payment.reminder", [["partner_id", "=", scene.customer]], "id") == []
    with pytest.raises(RpcError):
        hadi.call("crm.payment.reminder", "action_send", [scene.reminder])
    with pytest.raises(RpcError):
        prepare(hadi, scene.customer)


def test_3_the_customer_gets_it_with_the_invoices(suite, scene, mail):
    rana = suite.login("rana")
    rana.call("crm.payment.reminder", "action_send", [scene.reminder])
    message = wait_for("the reminder", lambda: next(iter(mail.received(BOX)), None))
    assert message["Subject"] == "Dear Omar, two invoices"
    texts = [pdf_text(content) for content in pdfs(message)]
    first, second, later = numbers(suite.login("adel"), scene.invoices)
    assert len(texts) == 2
    assert any(first in text for text in texts) and any(second in text for text in texts)
    html = message.get_body(("html",)).get_content()
    assert first in html and second in html and later not in html
    assert read_reminder(rana, scene.reminder)["state"] == "sent"
    assert read_reminder(rana, prepare(rana, scene.customer))["hold_kind"] == "recent"
    run_cron(suite.login("admin"), "crm_suite", "ir_cron_prepare_reminders")
    run_cron(suite.login("admin"), "crm_suite", "ir_cron_send_reminders")
    assert len(mail.received(BOX)) == 1


def test_4_a_promise_holds_the_reminders(suite, scene):
    rana = suite.login("rana")
    days_pass(suite, 10)
    action = rana.call("res.partner", "action_promise_payment", [scene.customer])
    scene.promise = create_in(
        rana,
        "crm.payment.promise",
        action["context"],
        {"date": str(date.today() + timedelta(days=4))},
    )
    promise = rana.read("crm.payment.promise", scene.promise, "state", "amount", "user_id")[0]
    assert promise["state"] == "open" and promise["amount"] == 800
    assert promise["user_id"][0] == scene.users["rana"]
    reminder = read_reminder(rana, prepare(rana, scene.customer))
    assert reminder["hold_kind"] == "held", reminder


def test_5_the_promise_is_broken_and_the_second_level_goes(suite, scene, mail):
    rana, admin = suite.login("rana"), suite.login("admin")
    run_cron(admin, "crm_suite", "ir_cron_settle_promises")
    assert rana.read("crm.payment.promise", scene.promise, "state")[0]["state"] == "open"
    days_pass(suite, 6)
    run_cron(admin, "crm_suite", "ir_cron_settle_promises")
    assert rana.read("crm.payment.promise", scene.promise, "state")[0]["state"] == "broken"
    second = prepare(rana, scene.customer)
    reminder = read_reminder(rana, second)
    assert reminder["level_id"][0] == scene.levels[1]
    assert not reminder["hold_kind"], reminder
    rana.call("crm.payment.reminder", "action_send", [second])
    message = wait_for("the second level", lambda: next(iter(mail.received(BOX)[1:]), None))
    assert message["Subject"] != "Dear Omar, two invoices"
    assert len(pdfs(message)) == 2


def test_6_a_part_is_paid_and_the_statement_says_so(suite, scene, mail):
    days_pass(suite, 1)
    pay(suite, scene.invoices[0], 200)
    rana = suite.login("rana")
    text = statement(rana, scene.customer)
    first, second, later = numbers(suite.login("adel"), scene.invoices)
    assert first in text and second in text and later in text
    assert "670.00" in text, "what is left of all three invoices"


def statement(user, customer):
    """The text of the statement of account, printed as from the form of the customer."""
    action = user.call("res.partner", "action_print_statement", [customer])
    wizard = create_in(user, action["res_model"], action["context"])
    action = user.call(action["res_model"], "action_print", [wizard])
    answer = user.http.get(
        f"{user.url}/report/pdf/{action['report_name']}/{wizard}",
        params={"context": json.dumps(action.get("context", {}))},
        timeout=120,
    )
    assert answer.headers["content-type"] == "application/pdf", answer.text[:2000]
    return pdf_text(answer.content)


def test_7_once_all_is_paid_nobody_is_reminded(suite, scene, mail):
    rana, admin = suite.login("rana"), suite.login("admin")
    days_pass(suite, 20)
    third = prepare(rana, scene.customer)
    assert not read_reminder(rana, third)["hold_kind"]
    for move, amount in zip(scene.invoices, (300, 300, 70), strict=True):
        pay(suite, move, amount)
    rana.call("crm.payment.reminder", "action_send", [third])
    assert read_reminder(rana, third)["state"] == "cancelled", "the money came before it went"
    run_cron(admin, "crm_suite", "ir_cron_prepare_reminders")
    run_cron(admin, "crm_suite", "ir_cron_send_reminders")
    with pytest.raises(RpcError):
        prepare(rana, scene.customer)
    assert len(mail.received(BOX)) == 2


def test_8_the_history_shows_each_once_in_order(suite, scene):
    rows = timeline_of(suite.login("rana"), scene.customer)
    assert len({(row["source"], row["id"]) for row in rows}) == len(rows), "nothing twice"
    dates = [row["date"] for row in rows]
    assert dates == sorted(dates, reverse=True)
    kinds = [row["source"] for row in reversed(rows)]
    assert kinds == [
        *3 * ["invoice"],
        "reminder",
        "promise",
        "promise_broken",
        "reminder",
        *4 * ["payment"],
    ]


def test_9_the_server_complained_of_nothing(complaints):
    assert complaints() == []

import base64
import json
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..common import HelpdeskCommon


class IntakeCommon(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = new_test_user(
            cls.env, "hd_program", "crm_suite_helpdesk.group_intake", name="Web Shop"
        )

    def submit(self, user=None, **values):
        values = {
            "subject": "Order is late",
            "description": "Where is it?\n<b>Now</b>",
            "email": self.customer.email,
            **values,
        }
        return self.env["crm.ticket.intake"].with_user(user or self.program).submit(**values)

    def ticket(self, **values):
        return self.env["crm.ticket"].browse(self.submit(**values)["id"])


@tagged("post_install", "-at_install")
class TestIntakeApi(IntakeCommon):
    """Other programs hand in tickets."""

    def test_a_request_of_a_customer(self):
        answer = self.submit(team=self.team.id, priority="3")
        ticket = self.env["crm.ticket"].browse(answer["id"])
        self.assertEqual(answer["number"], ticket.number)
        self.assertTrue(answer["created"])
        self.assertEqual(answer["stage_type"], "new")
        self.assertTrue(answer["url"].endswith(f"/my/tickets/{ticket.id}"))
        self.assertEqual(ticket.channel, "api")
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.priority, "3")
        self.assertRegex(str(ticket.description), r"Where is it\?<br ?/?>&lt;b&gt;Now")
        message = ticket.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertEqual(message.author_id, self.customer)
        self.assertEqual(ticket.last_customer_message_at, ticket.opened_at)
        self.assertEqual(ticket.answer_due, "received")
        self.assertFalse(ticket.first_response_at)

    def test_a_stranger(self):
        before = self.env["res.partner"].search_count([])
        ticket = self.ticket(email="Nour@Unknown.example.org", name="Nour Haddad", phone="+962 1")
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.email_normalized, "nour@unknown.example.org")
        self.assertIn("Nour Haddad", ticket.email_from)
        self.assertEqual(ticket.phone, "+962 1")
        message = ticket.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertFalse(message.author_id, "the program is not the customer")
        self.assertIn("Nour", message.email_from)
        self.assertEqual(ticket.last_customer_message_at, ticket.opened_at)
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_html_is_cleaned(self):
        ticket = self.ticket(
            description='<p onclick="x()">Hi<script>alert(1)</script></p><iframe src="//x"/>',
            is_html=True,
        )
        for text in (ticket.description, ticket.message_ids[-1].body):
            self.assertNotRegex(str(text), "onclick|script|iframe")
        self.assertIn("Hi", ticket.description)

    def test_files(self):
        content = base64.b64encode(b"hello").decode()
        ticket = self.ticket(
            attachments=[
                {"name": "..\\..\\etc/label.txt", "content": content},
                {"name": "page.html", "content": base64.b64encode(b"<script>1</script>").decode()},
            ]
        )
        files = ticket._get_opening_attachments().sorted("id")
        self.assertEqual(files.mapped("name"), ["label.txt", "page.html"])
        self.assertEqual(files[0].raw, b"hello")
        self.assertEqual(files[1].mimetype, "text/plain", "nothing runs when it is opened")

    def test_team_by_its_address_and_category_by_its_name(self):
        category = self.env["crm.ticket.category"].create(
            {"name": "Late Delivery", "team_ids": [Command.set(self.team.ids)]}
        )
        ticket = self.ticket(team="Help-Test", category="late delivery")
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.category_id, category)
        described = self.env["crm.ticket.intake"].with_user(self.program).describe()
        self.assertIn(
            {"id": self.team.id, "name": "Test Support", "address": "help-test"},
            described["teams"],
        )
        self.assertIn(category.id, [row["id"] for row in described["categories"]])

    # ------------------------------------------------------------------ the same once more

    def test_the_same_key_is_the_same_ticket(self):
        first = self.submit(idempotency_key="order-42")
        again = self.submit(idempotency_key="order-42")
        self.assertEqual(again, {**first, "created": False})
        self.assertNotEqual(self.submit()["id"], first["id"])
        other = new_test_user(self.env, "hd_program2", "crm_suite_helpdesk.group_intake")
        self.assertNotEqual(self.submit(other, idempotency_key="order-42")["id"], first["id"])

    def test_a_key_is_for_one_request(self):
        self.submit(idempotency_key="order-42")
        with self.assertRaises(ValidationError):
            self.submit(idempotency_key="order-42", subject="Something else")

    def test_a_refused_request_does_not_use_up_its_key(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.submit(idempotency_key="order-43", team=10**8)
        self.assertTrue(self.submit(idempotency_key="order-43")["created"])

    def test_keys_are_forgotten(self):
        self.submit(idempotency_key="order-44")
        Request = self.env["crm.ticket.intake.request"]
        request = Request.search([("key", "=", "order-44")])
        Request._gc_requests()
        self.assertTrue(request.exists())
        self.env.cr.execute(
            "UPDATE crm_ticket_intake_request SET create_date = create_date - interval '31 days'"
        )
        Request.invalidate_model()
        Request._gc_requests()
        self.assertFalse(request.exists())

    # ------------------------------------------------------------------ what is refused

    def test_wrong_values_are_refused_and_leave_nothing(self):
        before = self.env["crm.ticket"].search_count([])
        file = {"name": "a.txt", "content": "aGk="}
        for values in (
            {"subject": ""},
            {"subject": None},
            {"subject": "\x00 "},
            {"subject": ["x"]},
            {"subject": "x" * 256},
            {"description": "x" * 100_001},
            {"description": {"a": 1}},
            {"email": ""},
            {"email": "nobody"},
            {"email": 7},
            {"email": f"{'x' * 400}@example.org"},
            {"partner_id": "1"},
            {"partner_id": True},
            {"partner_id": -1},
            {"partner_id": 2**40},
            {"partner_id": 2**31 - 1},
            {"team": 2**31 - 1},
            {"team": "no-such-team"},
            {"team": [1]},
            {"team": True},
            {"category": "No Such Category"},
            {"priority": "9"},
            {"priority": 1.5},
            {"is_html": "yes"},
            {"acknowledge": 1},
            {"attachments": "x"},
            {"attachments": [file] * 11},
            {"attachments": ["x"]},
            {"attachments": [{"name": "a.txt"}]},
            {"attachments": [{**file, "content": "not base64!"}]},
            {"attachments": [{**file, "res_model": "res.users"}]},
            {"attachments": [{**file, "name": "../"}]},
            {"attachments": [{**file, "content": "A" * (15 * 1024 * 1024)}]},
            {"idempotency_key": "x" * 129},
            {"idempotency_key": 5},
        ):
            shown = str(values)[:100]
            with (
                self.subTest(values=shown),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self.submit(**values)
        self.assertEqual(self.env["crm.ticket"].search_count([]), before)

    def test_odd_texts_are_kept(self):
        ticket = self.ticket(subject="a\x00b \ud800 " + "🙂" * 3, description="\ud800x\x00")
        self.assertIn("🙂🙂🙂", ticket.name)

    def test_who_may_not(self):
        for user in (self.employee, self.customer_user, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.submit(user)
            with self.assertRaises(AccessError):
                self.env["crm.ticket.intake"].with_user(user).describe()

    def test_a_program_sees_no_ticket(self):
        ticket = self.ticket().with_user(self.program)
        self.assertFalse(ticket.has_access("read"))
        for model in ("crm.ticket", "crm.ticket.intake.request", "crm.ticket.team"):
            self.assertFalse(self.env[model].with_user(self.program).has_access("read"), model)

    def test_teams_and_contacts_of_other_companies(self):
        company = self.env["res.company"].create({"name": "Sister"})
        team = self.env["crm.ticket.team"].create({"name": "Theirs", "company_id": company.id})
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "email": "theirs@example.org", "company_id": company.id}
        )
        with self.assertRaises(ValidationError):
            self.submit(team=team.id)
        with self.assertRaises(ValidationError):
            self.submit(partner_id=theirs.id)
        self.assertFalse(self.ticket(email=theirs.email).partner_id)

    def test_blocked_senders_are_spam_here_as_well(self):
        self.env["crm.blocked.sender"].create({"sender": "pest@unknown.example.org"})
        ticket = self.ticket(email="pest@unknown.example.org")
        self.assertEqual(ticket.stage_type, "spam")
        self.assertFalse(ticket.answer_due)

    def test_without_a_confirmation(self):
        self.assertFalse(self.ticket(acknowledge=False).answer_due)

    def test_managers_see_what_was_handed_in(self):
        self.submit(idempotency_key="order-45")
        Request = self.env["crm.ticket.intake.request"]
        found = Request.with_user(self.manager).search([("key", "=", "order-45")])
        self.assertEqual(found.user_id, self.program)
        self.assertFalse(Request.with_user(self.agent).has_access("read"))
        self.assertFalse(Request.with_user(self.manager).has_access("write"))


@tagged("post_install", "-at_install")
class TestIntakeByHttp(IntakeCommon, HttpCase):
    """As a program does it: with the key of its user, by JSON."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr._now = None
        cls.key = (
            cls.env["res.users.apikeys"]
            .with_user(cls.program)
            ._generate("rpc", "Web Shop", datetime.now() + timedelta(days=200))
        )

    def setUp(self):
        super().setUp()
        self.env.cr._now = None

    def post(self, method="submit", key=None, **arguments):
        return self.url_open(
            f"/json/2/crm.ticket.intake/{method}",
            data=json.dumps(arguments),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"bearer {self.key if key is None else key}",
            },
        )

    def test_by_json(self):
        arguments = {
            "subject": "Order is late",
            "email": "nour@unknown.example.org",
            "idempotency_key": "http-1",
        }
        answer = self.post(**arguments)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertTrue(answer.json()["created"])
        again = self.post(**arguments)
        self.assertEqual(again.json(), {**answer.json(), "created": False})
        self.assertEqual(self.post("describe").status_code, 200)

    def test_what_goes_wrong_has_a_status(self):
        wrong = self.post(subject="x", email="nobody")
        self.assertEqual(wrong.status_code, 422, wrong.text)
        self.assertIn("nobody", wrong.json()["message"])
        self.assertEqual(self.post(email="a@example.org").status_code, 422, "no subject")
        self.assertEqual(self.post(subject="x", colour="red").status_code, 422)
        self.assertEqual(self.post(key="0" * 40, subject="x").status_code, 401)
        self.assertEqual(self.post("_open", asked={}).status_code, 403, "private")

    def test_nothing_else_is_open_to_a_program(self):
        for path in ("crm.ticket/search_read", "crm.ticket/create"):
            answer = self.url_open(
                f"/json/2/{path}",
                data=json.dumps({"domain": []} if "search" in path else {"vals_list": [{}]}),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"bearer {self.key}",
                },
            )
            self.assertEqual(answer.status_code, 403, answer.text)

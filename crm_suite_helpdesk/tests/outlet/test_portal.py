import json
from base64 import b64decode

from lxml import html

from odoo.tests import tagged

from odoo.addons.crm_suite.tests.outlet.common import PIXEL, XSS

from .common import TicketFieldCommon


@tagged("post_install", "-at_install")
class TestPortal(TicketFieldCommon):
    """What customers are asked for, and what they see, of custom fields."""

    def setUp(self):
        super().setUp()
        self.login(self.customer_user)

    def send(self, files=None, **values):
        return self.url_open(
            "/my/tickets/new",
            data={
                "csrf_token": self.token(),
                "subject": "Help",
                "description": "It broke.",
                **values,
            },
            files=files,
        )

    def rows(self, ticket):
        page = html.fromstring(self.page(f"/my/tickets/{ticket.id}").text)
        return {
            node.get("data-field"): " ".join(node.text_content().split())
            for node in page.xpath("//*[@data-field]")
        }

    def errors(self, answer):
        page = html.fromstring(answer.text)
        return {
            node.get("id").removesuffix("-error"): node.text_content().strip()
            for node in page.xpath("//*[substring(@id, string-length(@id) - 5) = '-error']")
        }

    def test_every_kind_is_asked_kept_and_shown(self):
        fields = self._make_every_kind("crm.ticket")
        self._place(fields.values(), "portal")
        names = {kind: field.technical_name for kind, field in fields.items()}
        gold = fields["selection"].option_ids[0].value
        answer = self.send(
            files=[
                (names["binary"], ("../log\\trace.log", b"crash")),
                (names["image"], ("photo.png", b64decode(PIXEL))),
            ],
            **{
                names["char"]: f"A {XSS}",
                names["text"]: "First\nSecond",
                names["html"]: f"Good {XSS}",
                names["integer"]: "42",
                names["float"]: "2.5",
                names["monetary"]: "1250.50",
                names["boolean"]: "1",
                names["date"]: "2026-03-04",
                names["datetime"]: "2026-03-04T05:06",
                names["selection"]: gold,
                names["many2one"]: str(self.spain.id),
                names["many2many"]: [str(self.spain.id), str(self.italy.id)],
            },
        )
        ticket = self.newest()
        self.assertTrue(answer.url.endswith(f"/my/tickets/{ticket.id}"), self.errors(answer))
        self.assertEqual(ticket[names["char"]], f"A {XSS}")
        self.assertEqual(ticket[names["integer"]], 42)
        self.assertEqual(ticket[names["selection"]], gold)
        self.assertEqual(ticket[names["many2one"]], self.spain)
        self.assertEqual(ticket[names["many2many"]], self.spain | self.italy)
        self.assertEqual(b64decode(ticket[names["binary"]]), b"crash")
        self.assertEqual(ticket[fields["binary"]._get_file_name_field()], "trace.log")
        self.assertEqual(b64decode(ticket[names["image"]]), b64decode(PIXEL))
        self.assertNotIn("<script>", answer.text.partition("<main")[2])
        rows = self.rows(ticket)
        self.assertEqual(rows[names["char"]], f"A {XSS}")
        self.assertEqual(rows[names["many2many"]], "Italy, Spain")
        self.assertEqual(rows[names["binary"]], "trace.log")
        self.assertEqual(rows[names["boolean"]], "Yes")
        self.assertEqual(set(rows), set(names.values()))
        # pictures and files open from the page
        page = html.fromstring(self.page(f"/my/tickets/{ticket.id}").text)
        [source] = page.xpath(f"//*[@data-field='{names['image']}']//img/@src")
        self.assertEqual(self.url_open(source).headers["Content-Type"], "image/png")

    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self):
        seats, model, photo = self._make_ticket_fields(
            {"name": "Seats", "kind": "integer", "help": "How many people are affected?"},
            {"name": "Device", "options": ("Printer", "Phone"), "is_required": True},
            {"name": "Photo", "kind": "image"},
        )
        self._place(seats | model | photo, "portal")
        answer = self.send(
            files=[(photo.technical_name, ("photo.png", b"<svg onload='alert(1)'/>"))],
            **{seats.technical_name: f"all {XSS}"},
        )
        self.assertEqual(
            self.errors(answer),
            {
                seats.technical_name: "Please enter a whole number.",
                model.technical_name: "Please fill in this field.",
                photo.technical_name: "This is no picture.",
            },
        )
        self.assertFalse(self.newest())
        page = html.fromstring(answer.text)
        self.assertEqual(
            page.xpath(f"//input[@name='{seats.technical_name}']/@value"), [f"all {XSS}"]
        )
        self.assertIn("How many people are affected?", answer.text)
        for name, content in (("tool.exe", b"MZ"), ("page.svg", b"<svg/>"), ("a.html", b"x")):
            answer = self.send(files=[(photo.technical_name, (name, content))])
            self.assertIn(photo.technical_name, self.errors(answer), name)

    def test_a_rule_holds_for_what_is_asked(self):
        device, inside = self._make_ticket_fields({"name": "Device"}, {"name": "Inside"})
        self._place(device, "portal")
        self.env["crm.form.rule"].create(
            {
                "name": "Device of urgent tickets",
                "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "target_field_ids": (device | inside).field_id.ids,
                "condition_domain": "[('priority', '=', '3')]",
                "message": "Which device is it?",
            }
        )
        self.team.portal_priority = "3"
        answer = self.send(priority="3")
        self.assertEqual(self.errors(answer), {device.technical_name: "Which device is it?"})
        self.assertFalse(self.newest())
        self.send(priority="3", **{device.technical_name: "Printer"})
        ticket = self.newest()
        self.assertEqual(ticket[device.technical_name], "Printer")
        self.send(priority="1")
        self.assertNotEqual(self.newest(), ticket)

    def test_only_what_has_a_place_is_asked_or_shown(self):
        asked, shown, inside, archived = self._make_ticket_fields(
            {"name": "Asked"}, {"name": "Shown"}, {"name": "Inside"}, {"name": "Archived"}
        )
        self._place(asked, "portal", portal_use="ask")
        self._place(shown, "portal", portal_use="show")
        self._place(archived, "portal")
        archived.action_archive_field()
        names = [field.technical_name for field in (asked, shown, inside, archived)]
        page = self.page("/my/tickets/new").text
        self.assertEqual([name in page for name in names], [True, False, False, False])
        self.send(**dict.fromkeys(names, "typed"))
        ticket = self.newest()
        self.assertEqual([ticket[name] for name in names], ["typed", False, False, False])
        ticket.write(dict.fromkeys(names, "ours"))
        self.assertEqual(self.rows(ticket), {shown.technical_name: "ours"})
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "0")
        self.assertFalse(self.rows(ticket))
        self.assertNotIn(names[0], self.page("/my/tickets/new").text)

    def test_remote_calls_read_what_the_page_shows_and_write_nothing(self):
        shown, inside = self._make_ticket_fields({"name": "Shown"}, {"name": "Inside"})
        self._place(shown, "portal")
        ticket = self.create_ticket(
            **{shown.technical_name: "for all", inside.technical_name: "ours"}
        )

        def call(method, *args):
            answer = self.url_open(
                "/web/dataset/call_kw",
                data=json.dumps(
                    {
                        "params": {
                            "model": "crm.ticket",
                            "method": method,
                            "args": [ticket.ids, *args],
                            "kwargs": {},
                        }
                    }
                ),
                headers={"Content-Type": "application/json"},
            ).json()
            return answer.get("result", answer.get("error", {}).get("data", {}).get("name"))

        [row] = call("read", [shown.technical_name])
        self.assertEqual(row[shown.technical_name], "for all")
        self.assertEqual(call("read", [inside.technical_name]), "odoo.exceptions.AccessError")
        denied = call("write", {shown.technical_name: "mine"})
        self.assertEqual(denied, "odoo.exceptions.AccessError")
        self.assertEqual(call("_get_custom_rows", "portal"), "odoo.exceptions.AccessError")
        self.assertEqual(ticket[shown.technical_name], "for all")

    def test_links_offer_what_the_customer_may_read(self):
        country, seller = self._make_ticket_fields(
            {
                "name": "Country",
                "kind": "many2one",
                "comodel": "res.country",
                "domain": "[('code', 'in', ('ES', 'IT'))]",
            },
            {"name": "Seller", "kind": "many2one", "comodel": "crm.team"},
        )
        self._place(country | seller, "portal")
        page = html.fromstring(self.page("/my/tickets/new").text)
        options = page.xpath(f"//select[@name='{country.technical_name}']/option/text()")
        self.assertEqual(sorted(options), ["Italy", "Spain"])
        # customers read no sales teams
        self.assertFalse(page.xpath(f"//select[@name='{seller.technical_name}']"))
        germany = self.env.ref("base.de")
        answer = self.send(**{country.technical_name: str(germany.id)})
        self.assertIn(country.technical_name, self.errors(answer))

    def test_retired_options_are_shown_and_not_offered(self):
        [device] = self._make_ticket_fields({"name": "Device", "options": ("Printer", "Fax")})
        self._place(device, "portal")
        fax = device.option_ids[1]
        ticket = self.create_ticket(**{device.technical_name: fax.value})
        fax.active = False
        page = html.fromstring(self.page("/my/tickets/new").text)
        self.assertEqual(
            page.xpath(f"//select[@name='{device.technical_name}']/option/text()"), ["Printer"]
        )
        self.assertIn(
            device.technical_name, self.errors(self.send(**{device.technical_name: fax.value}))
        )
        self.assertEqual(self.rows(ticket), {device.technical_name: "Fax"})

    def test_the_pages_speak_arabic(self):
        [device] = self._make_ticket_fields({"name": "Device", "options": ("Printer", "Fax")})
        self._place(device, "portal")
        self._translate(device, "الجهاز")
        self._translate(device.option_ids[0], "طابعة")
        self.customer_user.lang = "ar_001"
        self.login(self.customer_user)
        page = html.fromstring(self.page("/my/tickets/new").text)
        [label] = page.xpath(f"//label[@for='{device.technical_name}']")
        self.assertEqual(label.text_content(), "الجهاز")
        ticket = self.create_ticket(**{device.technical_name: device.option_ids[0].value})
        self.assertEqual(self.rows(ticket), {device.technical_name: "طابعة"})

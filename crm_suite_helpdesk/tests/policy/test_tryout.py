import re
from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from ..common import HOUR, MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTryout(HelpdeskCommon):
    """What a ticket would be promised is what it is promised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.tz = "UTC"
        cls.tier = cls.env["crm.customer.tier"].create({"name": "Platinum"})
        cls.hardware = cls.env["crm.ticket.category"].create({"name": "Hardware"})
        cls.printer = cls.hardware.create({"name": "Printer", "parent_id": cls.hardware.id})
        cls.tag = cls.env["crm.ticket.tag"].create({"name": "Fire"})
        cls.special = cls.env["crm.sla.policy"].create(
            {
                "name": "Burning Printers",
                "sequence": -5,
                "category_ids": [Command.set(cls.hardware.ids)],
                "tag_ids": [Command.set(cls.tag.ids)],
                "target_ids": [Command.create({"metric": "first_response", "budget_s": HOUR // 2})],
            }
        )
        cls.extra = cls.env["crm.sla.policy"].create(
            {
                "name": "Operations",
                "sequence": 90,
                "stack": "add",
                "mode": "always",
                "tier_ids": [Command.set(cls.tier.ids)],
                "target_ids": [Command.create({"metric": "resolution", "budget_s": 30 * HOUR})],
            }
        )

    def ask(self, **values):
        Tryout = self.env["crm.sla.tryout"].with_user(self.manager)
        with Form(Tryout) as form:
            for name, value in values.items():
                if name == "tag_ids":
                    for tag in value:
                        form.tag_ids.add(tag)
                else:
                    setattr(form, name, value)
        return re.sub(r"\s+", " ", html2plaintext(form.record.result).replace("*", ""))

    def test_it_says_what_the_engine_does(self):
        for values in (
            {"team_id": self.team},
            {"priority": "3", "partner_id": self.customer},
            {"category_id": self.printer, "tag_ids": [self.tag]},
            {"category_id": self.printer},
            {"partner_id": self.customer, "tier_id": self.tier},
        ):
            said = self.ask(opened_at=MONDAY, **values)
            ticket = self.env["crm.ticket"].create(
                {
                    "name": "Real",
                    "team_id": False,
                    "opened_at": MONDAY,
                    **{
                        name: value.id if hasattr(value, "id") else value
                        for name, value in values.items()
                        if name not in ("tier_id", "tag_ids")
                    },
                    "tag_ids": [tag.id for tag in values.get("tag_ids", [])],
                }
            )
            if "tier_id" in values:
                self.customer_company.customer_tier_id = self.tier
                ticket = ticket.copy({"opened_at": MONDAY})
            clocks = ticket.sla_clock_ids
            self.assertTrue(clocks)
            for clock in clocks:
                self.assertIn(f"{clock.deadline:%H:%M}", said)
                self.assertRegex(said, f"{clock.policy_id.name} Holds: ")
            held = {line for line in ("Burning Printers", "Operations") if f"{line} Holds" in said}
            self.assertEqual(
                held, {c.policy_id.name for c in clocks} & {"Burning Printers", "Operations"}
            )

    def test_days_are_shown(self):
        # Friday 16:00, and eight hours are a day: an hour on Friday, seven on Monday
        said = self.ask(team_id=self.team, opened_at=datetime(2026, 3, 6, 16))
        self.assertRegex(said, "Friday 6 March 16:00–17:00 01:00")
        self.assertRegex(said, "Saturday 7 March closed Sunday 8 March closed")
        self.assertRegex(said, "Monday 9 March 08:00–16:00 07:00")
        self.assertIn("Monday 9 March 2026, 16:00", said)

    def test_policies_that_do_not_hold_say_why(self):
        said = self.ask(category_id=self.printer, tag_ids=[self.tag], opened_at=MONDAY)
        self.assertIn("Test promise Holds: Resolution.", said)
        self.assertIn("Operations Does not cover this ticket.", said)
        self.policy.target_ids.filtered(lambda t: t.metric == "resolution").unlink()
        said = self.ask(category_id=self.printer, tag_ids=[self.tag], opened_at=MONDAY)
        self.assertIn("Test promise Covers it, but Burning Printers goes first.", said)
        self.special.target_ids.priority = "3"
        said = self.ask(category_id=self.printer, tag_ids=[self.tag], opened_at=MONDAY)
        self.assertIn("Burning Printers Covers it, and promises nothing", said)

    def test_nothing_promised(self):
        (self.policy | self.special | self.extra).active = False
        self.assertIn("no deadline", self.ask(team_id=self.team))

    def test_further_conditions(self):
        self.special.write(
            {
                "category_ids": False,
                "tag_ids": False,
                "domain": "[('product_id.name', 'ilike', 'lamp')]",
            }
        )
        product = self.env["product.product"].create({"name": "Table Lamp"})
        self.assertIn("Burning Printers Does not", self.ask())
        self.assertIn("Burning Printers Holds", self.ask(product_id=product))

    def test_time_elsewhere(self):
        self.manager.tz = "Asia/Riyadh"
        said = self.ask(team_id=self.team, opened_at=MONDAY)
        self.assertIn("14:00 (Mon 11:00 UTC)", said)

    def test_nothing_is_made(self):
        before = [self.env[m].search_count([]) for m in ("crm.ticket", "crm.sla.clock")]
        self.ask(team_id=self.team)
        self.calendar.attendance_ids.unlink()
        self.ask(team_id=self.team)
        self.assertFalse(self.policy.warned_at)
        self.assertEqual(
            [self.env[m].search_count([]) for m in ("crm.ticket", "crm.sla.clock")], before
        )

    def test_from_a_policy_its_conditions_are_filled_in(self):
        action = self.special.with_user(self.manager).action_try_out()
        wizard = self.env["crm.sla.tryout"].with_user(self.manager)
        with Form(wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.category_id, self.hardware)
            self.assertIn("Burning Printers", form.result)

    def test_managers_without_sales_try_out_policies_of_orders(self):
        order = self.env["sale.order"].create({"partner_id": self.customer_company.id})
        self.special.order_ids = order
        action = self.special.with_user(self.manager).action_try_out()
        self.assertNotIn("default_order_id", action["context"])
        self.assertIn("Burning Printers Does not", self.ask())

    def test_only_managers_of_the_company(self):
        with self.assertRaises(AccessError):
            self.env["crm.sla.tryout"].with_user(self.agent).action_open()
        other = self.env["res.company"].create({"name": "Sister"})
        secret = self.policy.copy({"name": "Secret", "company_id": other.id, "mode": "always"})
        self.assertNotIn(secret.name, self.ask())
        tryout = self.env["crm.sla.tryout"].with_user(self.manager).create({})
        with self.assertRaises(AccessError):
            tryout.company_id = other
            tryout.read(["result"])

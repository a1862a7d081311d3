from contextlib import nullcontext

from odoo import Command
from odoo.tests import HttpCase
from odoo.tools import email_normalize

from odoo.addons.mail.tests.common import mail_new_test_user
from odoo.addons.mass_mailing.tests.common import MassMailCommon

BODY = (
    '<p>Hello <t t-out="object.name"/>, see our <a href="https://example.com/offer">offer</a></p>'
)


class MarketingCommon(MassMailCommon):
    """The scene: a tag with six contacts, a segment of them, and those who work with it.

    VIP segment (owner: the marketing user)
        Amal, Basil                 can be reached
        Basil's assistant           same address as Basil
        Celine                      blacklisted (mail and phone)
        Dalia                       neither address nor phone
        Emre                        can be reached
    Faris                           no VIP
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketer, cls.other_marketer, cls.manager, cls.salesperson = (
            mail_new_test_user(
                cls.env,
                login=login,
                name=login,
                email=f"{login}@test.example.com",
                groups=f"base.group_user,{group}",
            )
            for login, group in (
                ("marketer", "crm_suite_marketing.group_marketing_user"),
                ("other_marketer", "crm_suite_marketing.group_marketing_user"),
                ("marketing_manager", "crm_suite_marketing.group_marketing_manager"),
                ("salesperson", "sales_team.group_sale_salesman"),
            )
        )
        cls.tag = cls.env["res.partner.category"].create({"name": "Test VIP"})
        cls.amal, cls.basil, cls.assistant, cls.celine, cls.dalia, cls.emre = cls._create_contacts(
            ("Amal", "amal@customer.example.com", "+32456000001"),
            ("Basil", "Basil <basil@customer.example.com>", "+32456000002"),
            ("Basil's assistant", "BASIL@customer.example.com", "+32456000002"),
            ("Celine", "celine@customer.example.com", "+32456000004"),
            ("Dalia", False, False),
            ("Emre", "emre@customer.example.com", "+32456000006"),
        )
        cls.reachable = cls.amal + cls.basil + cls.emre
        cls.faris = cls.env["res.partner"].create(
            {"name": "Faris", "email": "faris@customer.example.com"}
        )
        cls.env["mail.blacklist"]._add("celine@customer.example.com")
        cls.env["phone.blacklist"]._add(["+32456000004"])
        # what waits in the database of the test is not ours to send
        cls.env["mailing.mailing"].search(
            [("state", "in", ("in_queue", "sending"))]
        ).state = "draft"
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"
        cls.segment = cls._create_segment(cls.marketer, name="Test VIP")

    @classmethod
    def _create_contacts(cls, *contacts):
        return cls.env["res.partner"].create(
            [
                {
                    "name": name,
                    "email": email,
                    "phone": phone,
                    "country_id": cls.env.ref("base.be").id,
                    "category_id": [Command.link(cls.tag.id)],
                }
                for name, email, phone in contacts
            ]
        )

    @classmethod
    def _create_segment(cls, user, **values):
        return (
            cls.env["crm.segment"]
            .with_user(user)
            .create(
                {
                    "name": "Segment",
                    "kind": "domain",
                    "domain": repr([("category_id", "in", cls.tag.ids)]),
                    **values,
                }
            )
        )

    @classmethod
    def _create_mailing(cls, user=None, **values):
        return (
            cls.env["mailing.mailing"]
            .with_user(user or cls.marketer)
            .create(
                {
                    "subject": "Spring offer",
                    "segment_id": cls.segment.id,
                    "delivery_engine": "core",
                    "body_arch": BODY,
                    "body_html": BODY,
                    "email_from": "marketer@test.example.com",
                    "reply_to": "marketer@test.example.com",
                    **values,
                }
            )
        )

    def _send(self, mailings):
        """Send as people and the server do: put in the queue, then let the scheduled jobs run.

        :return: the sorted addresses of customers that got a mail, each as often as it got one
        """
        mailings.action_launch()
        return self._run_queue()

    def _run_queue(self):
        # HTTP tests are in test mode from the start
        mode = nullcontext() if isinstance(self, HttpCase) else self.enter_registry_test_mode()
        with self.mock_mail_gateway(mail_unlink_sent=False), mode:
            for cron in (
                "mass_mailing.ir_cron_mass_mailing_queue",
                "mail.ir_cron_mail_scheduler_action",
            ):
                self.env.ref(cron).sudo().method_direct_trigger()
        addresses = [email_normalize(mail["email_to"][0]) for mail in self._mails]
        return sorted(mail for mail in addresses if mail.endswith("@customer.example.com"))

    def _trace(self, mailing, record):
        return self.env["mailing.trace"].search(
            [
                ("mass_mailing_id", "=", mailing.id),
                ("model", "=", record._name),
                ("res_id", "=", record.id),
            ]
        )

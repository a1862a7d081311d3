from datetime import datetime, timedelta

from odoo import fields
from odoo.fields import Command

from ..common import CrmSuiteCase


class CustomerCase(CrmSuiteCase):
    """The scene with a second company, a portal user and a colleague of Layla.

    `pia` is Layla's portal login. `berta` works in the company Berlin only.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.karim = cls.env["res.partner"].create(
            {
                "name": "Karim Haddad",
                "parent_id": cls.haddad.id,
                "email": "karim@haddad.example.com",
            }
        )
        cls.berlin = cls.env["res.company"].create({"name": "Berlin"})
        cls.berta = cls._create_user("berta", "sales_team.group_sale_salesman_all_leads")
        cls.berta.write({"company_ids": [Command.set(cls.berlin.ids)], "company_id": cls.berlin.id})
        cls.pia = cls.env["res.users"].create(
            {
                "name": "Layla Haddad",
                "login": "crm_suite_pia",
                "password": "crm_suite_pia",
                "partner_id": cls.layla.id,
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )

    @classmethod
    def _log(cls, partner=None, user=None, **values):
        """An interaction of a user (omar) with a contact (layla), an hour ago."""
        return cls.env["crm.interaction"].create(
            {
                "name": "Called",
                "partner_id": (partner or cls.layla).id,
                "user_id": (user or cls.omar).id,
                "date": fields.Datetime.now() - timedelta(hours=1),
                **values,
            }
        )

    @classmethod
    def _meet(cls, *partners, days=-1, user=None, **values):
        """A meeting of a user (omar) with contacts, some days from now at nine o'clock."""
        start = datetime.combine(fields.Date.today() + timedelta(days=days), datetime.min.time())
        start += timedelta(hours=9)
        user = user or cls.omar
        return (
            cls.env["calendar.event"]
            .with_user(user)
            .with_context(no_mail_to_attendees=True, dont_notify=True)
            .create(
                {
                    "name": "Contract talk",
                    "start": start,
                    "stop": start + timedelta(hours=2),
                    "partner_ids": [
                        Command.set([user.partner_id.id, *(partner.id for partner in partners)])
                    ],
                    **values,
                }
            )
        )

import re

from odoo import Command

from ..common import MarketingCommon


class ConsentCommon(MarketingCommon):
    """Two purposes, beside the scene of marketing: for offers one has to agree (by e-mail and SMS,
    no confirmation), of news one is told unless one refuses (by e-mail).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Purpose = cls.env["crm.consent.purpose"]
        Purpose.search([]).active = False
        values = {"is_double": False, "company_id": False}
        cls.offers = Purpose.create(
            {"name": "Test Offers", "text": "Send me offers", "on_sms": True, **values}
        )
        cls.news = Purpose.create(
            {"name": "Test News", "text": "Tell me news", "needs_opt_in": False, **values}
        )
        cls.double = Purpose.create({"name": "Test Letter", "text": "Send me the letter"})
        cls.consent = cls.env["crm.consent"]
        cls.entries = cls.env["crm.consent.entry"]

    @classmethod
    def say(cls, address, state, purpose=None, channel="email", **values):
        identity = cls.consent._normalize(address, channel)
        values.setdefault("source", "form")
        return cls.consent._record([identity], channel, state, purpose, **values)

    def refusal(self, address, purpose=None, channel="email", **values):
        return self.consent._get_refusals([address], channel, purpose, **values).get(address)

    def row(self, address, purpose=None, channel="email"):
        key = self.consent._hash(self.consent._normalize(address, channel), channel)
        purpose_id = purpose.id if purpose else False
        return self.consent.search(
            [
                ("identity_key", "=", key),
                ("channel", "=", channel),
                ("purpose_id", "=", purpose_id),
            ]
        )

    def entries_of(self, address, channel="email"):
        key = self.consent._hash(self.consent._normalize(address, channel), channel)
        return self.entries.search([("identity_key", "=", key)], order="id")

    def link_to(self, address, mailing=None, scope="preferences"):
        mailing = mailing or self.env["mailing.mailing"]
        link = self.env["crm.consent.link"]._find_or_make([address], mailing)[address]
        return link._get_path(scope)

    def make_list(self, name, *contacts):
        made = self.env["mailing.list"].create(
            {
                "name": name,
                "is_public": True,
                "contact_ids": [
                    Command.create({"name": email, "email": email}) for email in contacts
                ],
            }
        )
        # core knows the members by another field
        self.env.flush_all()
        self.env.invalidate_all()
        return made

    def csrf(self, text):
        return re.search(r'name="csrf_token" value="([^"]+)"', text).group(1)

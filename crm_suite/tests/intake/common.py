import itertools

from ..common import CrmSuiteCase

MAIL = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <{id}@mail.example.org>
Date: Mon, 03 Jun 2024 10:00:00 +0000
Content-Type: {type}

{body}
"""
BODY = """Dear all,

please send me an offer for 20 desks.

Kind regards
Sara Klein
Phone: +49 30 1234567

> Tel: +49 30 7654321
"""


class IntakeCase(CrmSuiteCase):
    """Team North reads crm.suite.north@crm.example.com, team South the same with south."""

    numbers = itertools.count()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "crm.example.com"})
        cls.north.write({"alias_domain_id": domain.id, "company_id": cls.company.id})
        cls.south.write({"alias_name": "crm.suite.south", "alias_domain_id": domain.id})
        cls.address = "crm.suite.north@crm.example.com"
        cls.south_address = "crm.suite.south@crm.example.com"

    def _receive(self, raw, model=None):
        lead_id = self.env["mail.thread"].message_process(model, raw)
        return self.env["crm.lead"].browse(lead_id).exists()

    def _mail(self, **values):
        """A mail; `headers` are lines that go in front."""
        headers = values.pop("headers", "")
        raw = MAIL.format(
            **{
                "sender": "Sara Klein <Sara.Klein@example.org>",
                "to": self.address,
                "subject": "20 desks",
                "id": next(self.numbers),
                "type": "text/plain; charset=utf-8",
                "body": BODY,
                **values,
            }
        )
        return f"{headers}\n{raw}" if headers else raw

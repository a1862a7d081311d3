from datetime import timedelta

from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.crm_suite.tests.metric.common import MetricCase

from ...lib.attribution import MODELS


class AttributionCase(MetricCase):
    """Haddad Trading (with its contact Layla) and Badr Supplies, mailings, campaigns, channels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Attribution = cls.env["crm.attribution"]
        cls.Performance = cls.env["crm.campaign.performance"]
        cls.fair, cls.spring = cls.env["utm.campaign"].create(
            [{"title": "Test Fair"}, {"title": "Test Spring"}]
        )
        cls.stand, cls.adverts = cls.env["utm.medium"].create(
            [{"name": "Test Stand"}, {"name": "Test Adverts"}]
        )
        cls.mailing, cls.other_mailing = cls.env["mailing.mailing"].create(
            [
                {
                    "subject": subject,
                    "campaign_id": cls.spring.id,
                    "mailing_model_id": cls.env["ir.model"]._get_id("res.partner"),
                }
                for subject in ("Test Attribution One", "Test Attribution Two")
            ]
        )
        cls.marketer, cls.marketing_manager = (
            new_test_user(cls.env, f"attribution_{name}", f"crm_suite_marketing.group_{name}")
            for name in ("marketing_user", "marketing_manager")
        )
        cls.clicks = 0

    def _click(self, days_ago, partner=None, mailing=None, kind="click", actor="human", **values):
        """An event of a mailing, as the routes write it."""
        type(self).clicks += 1
        return self.env["crm.engagement"].create(
            {
                "event_key": f"attribution-{self.clicks}",
                "ts": self.noon - timedelta(days=days_ago),
                "kind": kind,
                "actor": actor,
                "mailing_id": (mailing or self.mailing).id,
                "partner_id": (partner or self.layla).id,
                **values,
            }
        )

    def _lead(self, days_ago, partner=None, **values):
        lead = self.env["crm.lead"].create(
            {
                "name": "Test Attribution",
                "partner_id": (partner or self.layla).id,
                "company_id": self.company.id,
                **values,
            }
        )
        self._date(lead, days_ago)
        return lead

    def _date(self, record, days_ago):
        """When a document was created, nobody writes."""
        record.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = %s",
                SQL.identifier(record._table),
                self.noon - timedelta(days=days_ago),
                record.id,
            )
        )
        record.invalidate_recordset(["create_date"])

    def _refresh(self):
        """What the scheduled job does after a change."""
        self.env.cr.flush()
        self.Attribution._refresh(self.env["crm.attribution.queue"]._take(1000))

    def _rows(self, document):
        """The rows of a lead, an order or an invoice, from the first touch to the last."""
        self.env.flush_all()
        self.env.invalidate_all()
        conversion, name = {
            "crm.lead": ("lead", "lead_id"),
            "sale.order": ("order", "order_id"),
            "account.move": ("payment", "move_id"),
        }[document._name]
        return self.Attribution.search(
            [("conversion", "=", conversion), (name, "=", document.id)]
        ).sorted("place")

    def _amounts(self, document, model):
        return self._rows(document).mapped(f"amount_{model}")

    def _everything(self):
        """All rows as they stand."""
        self.env.flush_all()
        self.env.invalidate_all()
        names = [
            name for name, field in self.Attribution._fields.items() if field.store and name != "id"
        ]
        rows = self.Attribution.search([]).read(names, load=False)
        return {
            (row["conversion"], row["res_id"], row["ref"]): {name: row[name] for name in names}
            for row in rows
        }

    def _totals(self, documents):
        """The sum of each model over the rows of some orders."""
        rows = self.Attribution.search([("order_id", "in", documents.ids)])
        return [round(sum(rows.mapped(f"amount_{model}")), 6) for model in MODELS]

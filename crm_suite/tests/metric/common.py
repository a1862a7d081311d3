from ..purchase.common import PurchaseCase


class MetricCase(PurchaseCase):
    """Haddad Trading buys of omar, Badr Supplies of sami."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Metric = cls.env["crm.customer.metric"]
        cls.Touch = cls.env["crm.customer.metric.touch"]

    def _metric(self, partner=None, user=None, company=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.Metric.with_user(user or self.env.uid)
            .with_context(allowed_company_ids=(company or self.company).ids)
            .search(
                [
                    ("partner_id", "=", (partner or self.haddad).id),
                    ("company_id", "=", (company or self.company).id),
                ]
            )
        )

    def _touched(self):
        """The customers on the list; the end of a transaction writes it."""
        self.env.cr.flush()
        self.env.invalidate_all()
        return self.Touch.search([]).partner_id

    def _forget(self):
        self.env.cr.flush()
        self.Touch.search([]).unlink()

    def _figures(self, partners=None):
        """All rows as they stand, without what says when they were written."""
        self.env.flush_all()
        self.env.invalidate_all()
        metrics = self.Metric.search([("partner_id", "in", partners.ids)] if partners else [])
        names = [
            name
            for name, field in self.Metric._fields.items()
            if field.store and name not in ("id", "refreshed_at")
        ]
        rows = metrics.read(names, load=False)
        return {
            (row["partner_id"], row["company_id"]): {name: row[name] for name in names}
            for row in rows
        }

import random
from datetime import datetime, time

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

from ..purchase.common import PurchaseCase


class CustomerReportCase(PurchaseCase):
    """Customers of a country of their own, so that no other data is in the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.country = cls.env["res.country"].create({"name": "Testland", "code": "QT"})
        cls.mine = [("country_id", "=", cls.country.id)]
        cls.haddad.country_id = cls.badr.country_id = cls.country

    @classmethod
    def _create_customers(cls, number):
        return cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {index}",
                    "is_company": True,
                    "country_id": cls.country.id,
                    "user_id": (cls.omar.id, cls.sami.id, False)[index % 3],
                }
                for index in range(number)
            ]
        )

    @classmethod
    def _order_on(cls, day, partner, amount=100.0, user=None, **values):
        order = cls._order(
            [(cls.desk, {"product_uom_qty": 1, "price_unit": amount})],
            partner=partner,
            user=user,
            **values,
        )
        order.date_order = datetime.combine(day, time(12))
        return order

    @classmethod
    def _order_at_random(cls, customers, number, seed, months=30):
        """Orders in the last months; of some customers none, of some two on one day."""
        chance = random.Random(seed)
        start = cls.today - relativedelta(months=months)
        days = (cls.today - start).days
        return cls.env["sale.order"].concat(
            *(
                cls._order_on(
                    start + relativedelta(days=chance.choice([0, days, chance.randint(0, days)])),
                    chance.choice(customers),
                    chance.choice([10.0, 99.5, 1000.0]),
                    chance.choice([cls.omar, cls.sami]),
                )
                for _index in range(number)
            )
        )

    def _read(self, model, user=None, **context):
        """The model of a report as a user sees it, with nothing in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env[model].with_user(user or self.alia).with_context(**context)

    def _set_metric(self, partner, company=None, **values):
        """Write the figures of a customer as the refresh would."""
        values = {"order_count": 1, **values}
        company = company or self.company
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM crm_customer_metric WHERE partner_id = %s AND company_id = %s",
            (partner.id, company.id),
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO crm_customer_metric (partner_id, company_id, %s) VALUES %s"
                " RETURNING id",
                SQL(", ").join(SQL.identifier(name) for name in values),
                (partner.id, company.id, *values.values()),
            )
        )
        [metric_id] = self.env.cr.fetchone()
        self.env.invalidate_all()
        return self.env["crm.customer.metric"].browse(metric_id)

    @staticmethod
    def _by_customer(orders):
        """The orders of each customer in turn."""
        found = {}
        for order in orders.sorted(lambda order: (order.date_order, order.id)):
            found.setdefault(order.partner_id.commercial_partner_id, []).append(order)
        return found

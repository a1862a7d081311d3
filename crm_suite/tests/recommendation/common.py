from datetime import timedelta

from odoo.fields import Command

from ..purchase.common import PurchaseCase


class RecommendationCase(PurchaseCase):
    """Desks go with lamps: in six of eight orders of desks; ten orders hold something else.

    Orders that were there before the test are too old to count.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.flush_all()
        cls.env.cr.execute("UPDATE sale_order SET date_order = '2000-01-01'")
        cls.env.invalidate_all()
        cls.Association = cls.env["crm.product.association"]
        cls.lamp, cls.chair, cls.paper = cls.env["product.product"].create(
            [
                {"name": name, "type": "consu", "list_price": price, "taxes_id": []}
                for name, price in (("Lamp", 30), ("Chair", 90), ("Paper", 5))
            ]
        )
        cls.customers = cls.badr | cls.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(5)]
        )

    @classmethod
    def _sell(cls, baskets, days_ago=5, user=None, confirm=True, **values):
        """Sell sets of products, each to another customer; of sami.

        :param baskets: lists of products, or of pairs with the values of the line
        """
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": cls.customers[number % len(cls.customers)].id,
                    "user_id": (user or cls.sami).id,
                    "order_line": [
                        Command.create({"tax_ids": [], **line})
                        for line in (
                            each if isinstance(each, dict) else {"product_id": each.id}
                            for each in basket
                        )
                    ],
                    **values,
                }
                for number, basket in enumerate(baskets)
            ]
        )
        if confirm:
            orders.action_confirm()
            for order in orders:
                order.date_order = cls.noon - timedelta(days=days_ago)
        return orders

    @classmethod
    def _sell_desks_with_lamps(cls, **values):
        return cls._sell(
            [[cls.desk, cls.lamp]] * 6
            + [[cls.desk]] * 2
            + [[cls.chair]] * 6
            + [[cls.paper, cls.chair]] * 4
            + [[cls.training]] * 2,
            **values,
        )

    def _get_rules(self, company=None):
        """Figures by antecedent and consequent, as they are in the table."""
        rules = self.Association.search([("company_id", "=", (company or self.company).id)])
        return {
            (rule.antecedent_id, rule.consequent_id): (
                rule.order_count,
                rule.antecedent_count,
                rule.consequent_count,
                rule.basket_count,
                rule.support,
                rule.confidence,
                rule.lift,
                rule.score,
            )
            for rule in rules
        }

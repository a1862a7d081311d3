from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...lib.basket import get_interval, is_due_again

# Shares of all orders tell little of a single one; their number, of a colleague's business
ALL_DOCUMENTS = "sales_team.group_sale_salesman_all_leads"
MOST = 20


class CrmProductSuggestion(models.AbstractModel):
    """What the rules of `crm.product.association` suggest that a customer may want as well."""

    _name = "crm.product.suggestion"
    _description = "Product Suggestions"

    @api.model
    @api.readonly
    def get_suggestions(self, partner_id=False, product_ids=(), company_id=False, limit=5):
        """Return the suggestions for a form, also for one that is not saved yet.

        :param product_ids: what is on the form
        :return: `suggestions` as of :meth:`_get_suggestions`, and why there are none in `message`
        """
        numbers = [partner_id or 0, company_id or 0, limit, *self._check_list(product_ids)]
        if any(type(number) is not int for number in numbers):
            raise ValidationError(self.env._("Suggestions are asked for by ids."))
        model = self.with_company(company_id) if company_id else self
        env = model.env
        # what one may not read, or is no longer there, suggests nothing
        partner = env["res.partner"].with_context(active_test=False)
        partner = partner.search([("id", "=", partner_id or 0)])
        products = model._get_readable_products(product_ids)
        suggestions = model._get_suggestions(partner, products, min(max(limit, 1), MOST))
        return {
            "suggestions": suggestions,
            "message": "" if suggestions else model._get_empty_message(partner, products),
        }

    @api.model
    def _check_list(self, ids):
        if not isinstance(ids, list | tuple) or len(ids) > 10000:
            raise ValidationError(self.env._("Suggestions are asked for by ids."))
        return ids

    @api.model
    def _get_suggestions(self, partner, products=None, limit=5):
        """Return what to offer a customer next, in the current company.

        First what goes with the products at hand, then what goes with all that the customer bought
        before, each by falling score (confidence times lift) of the best rule; never what he bought
        already or has at hand. Places that are left go to products that he buys again and again and
        that are due by now.

        What the customer bought is read with the rights of the reader: a reason never speaks of an
        order which the reader may not open.

        :param partner: a customer, or none
        :param products: what is on the document at hand
        :return: list of dicts: `product_id` and `name` of the product, `reason` in words, `kind`
            ("together" or "again"), `confidence`, `support`, `lift`, `order_count`. The last one is
            0 for readers of shares only; those of "again" are 0 but `order_count`, the times
            the customer ordered it.
        """
        self.check_access("read")
        products = products or self.env["product.product"]
        bought = self._get_bought(partner)
        known = self._get_readable_products([*bought, *products.ids])
        sellable = self._get_sellable_domain()
        rules = self._get_best_rules(known, products, sellable, limit)
        suggestions = [rule._prepare_suggestion() for rule in rules]
        if len(suggestions) < limit:
            due = {
                product_id: row
                for product_id, row in bought.items()
                if row["is_due"] and product_id not in products._ids
            }
            again = self.env["product.product"].search(Domain("id", "in", list(due)) & sellable)
            again = again.sorted(lambda product: due[product.id]["last"])
            suggestions += [
                self._prepare_suggestion_again(product, due[product.id]) for product in again
            ]
        return suggestions[:limit]

    @api.model
    def _get_sellable_domain(self):
        """Products that can be sold in the current company."""
        Product = self.env["product.product"]
        return Domain(
            [
                ("sale_ok", "=", True),
                ("type", "!=", "combo"),
                ("active", "=", True),
                ("product_tmpl_id.active", "=", True),
                *Product._check_company_domain(self.env.company),
            ]
        )

    @api.model
    def _get_bought(self, partner):
        """Return what a customer bought in this company, on orders that the reader may read.

        :return: dict of `last`, `interval`, `order_count`, `is_due` by product id
        """
        customer = partner and partner.commercial_partner_id
        if not customer:
            return {}
        today = fields.Date.context_today(self)
        bought = {}
        for product, first, last, days, orders, quantity in self.env[
            "crm.product.purchase.line"
        ]._read_group(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "=", self.env.company.id),
                ("is_purchase", "=", True),
            ],
            ["product_id"],
            [
                "day:min",
                "day:max",
                "day:count_distinct",
                "order_id:count_distinct",
                "quantity:sum",
            ],
        ):
            interval = get_interval(first, last, days)
            bought[product.id] = {
                "last": last,
                "interval": interval,
                "order_count": orders,
                "is_due": bool(interval) and quantity > 0 and is_due_again(last, interval, today),
            }
        return bought

    @api.model
    def _get_readable_products(self, product_ids):
        products = self.env["product.product"].with_context(active_test=False)
        return products.search([("id", "in", list(product_ids))])

    @api.model
    def _get_best_rules(self, known, at_hand, sellable, limit):
        """Return the best rule of each product that goes with known ones, best first."""
        if not known:
            return self.browse()
        offered = self.env["product.product"]._search(sellable)
        query = self._search(
            [
                ("company_id", "=", self.env.company.id),
                ("antecedent_id", "in", known.ids),
                ("consequent_id", "not in", known.ids),
                ("consequent_id", "in", offered),
            ]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM (SELECT DISTINCT ON (consequent_id)
                               id, score, antecedent_id = ANY(%(at_hand)s) AS is_at_hand
                          FROM crm_product_association
                         WHERE id IN %(rules)s
                      ORDER BY consequent_id, is_at_hand DESC, score DESC, id) best
              ORDER BY is_at_hand DESC, score DESC, id
                 LIMIT %(limit)s
                """,
                at_hand=at_hand.ids,
                rules=query.subselect(),
                limit=limit,
            )
        )
        return self.browse(row[0] for row in rows)

    def _prepare_suggestion(self):
        self.ensure_one()
        is_told = self.env.su or self.env.user.has_group(ALL_DOCUMENTS)
        product = self.antecedent_id.with_context(display_default_code=False).display_name
        if is_told:
            reason = self.env._(
                "Bought together with %(product)s in %(count)s of %(total)s orders",
                product=product,
                count=self.order_count,
                total=self.antecedent_count,
            )
        else:
            reason = self.env._(
                "Bought together with %(product)s in about %(percent)s%% of its orders",
                product=product,
                percent=round(100 * self.confidence),
            )
        return {
            **self._prepare_product(self.consequent_id),
            "kind": "together",
            "reason": reason,
            "confidence": self.confidence,
            "support": self.support,
            "lift": self.lift,
            "order_count": self.order_count if is_told else 0,
        }

    @api.model
    def _prepare_suggestion_again(self, product, row):
        return {
            **self._prepare_product(product),
            "kind": "again",
            "reason": self.env._(
                "Usually ordered again every %(days)s days; last on %(date)s",
                days=round(row["interval"]),
                date=format_date(self.env, row["last"]),
            ),
            "confidence": 0.0,
            "support": 0.0,
            "lift": 0.0,
            "order_count": row["order_count"],
        }

    @api.model
    def _prepare_product(self, product):
        return {"product_id": product.id, "name": product.display_name}

    @api.model
    def _get_empty_message(self, partner, products):
        """Say why nothing is suggested."""
        company = self.env.company
        # sudo: a number that only some readers are told
        count = company.sudo().association_order_count
        minimum = self._get_thresholds().min_baskets
        if count < minimum:
            if not self.env.user.has_group(ALL_DOCUMENTS):
                return self.env._("Too few orders to suggest anything yet.")
            return self.env._(
                "Too few orders to suggest anything yet: %(count)s of %(minimum)s.",
                count=count,
                minimum=minimum,
            )
        if not partner and not products:
            return self.env._("Choose a customer or a product to see what goes with it.")
        return self.env._("Nothing goes with what was bought or chosen often enough.")

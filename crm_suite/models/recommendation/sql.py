"""The statements that count what is bought together; the formulas are those of `lib/basket.py`.

They work on temporary tables rather than in one statement: PostgreSQL then knows how large each is
before it joins the orders with themselves.
"""

from odoo.tools import SQL

from ...lib.basket import LEAST_CUSTOMERS

TABLES = ("crm_basket_item", "crm_basket_product", "crm_basket_rule")
KEY = ("company_id", "antecedent_id", "consequent_id")
COUNTS = ("order_count", "antecedent_count", "consequent_count", "basket_count")
SHARES = ("support", "confidence", "lift", "score")
FIGURES = (*COUNTS, *SHARES)

assert LEAST_CUSTOMERS == 2, "the pairs are counted by their least and greatest customer"


def drop_tables():
    return SQL("DROP TABLE IF EXISTS %s", _join(*TABLES))


def create_items(lines, since, max_products):
    """Orders and their different products, without the orders that hold too many of them.

    :param SQL lines: the query of `crm.product.purchase.line`
    """
    return SQL(
        """
        CREATE TEMPORARY TABLE crm_basket_item ON COMMIT DROP AS
        SELECT company_id, order_id, product_id, partner_id
          FROM (SELECT line.company_id, line.order_id, line.product_id,
                       MIN(line.partner_id) AS partner_id,
                       COUNT(*) OVER (PARTITION BY line.order_id) AS width
                  FROM (%s) line
                 WHERE line.is_purchase
                   AND line.date >= %s
              GROUP BY line.company_id, line.order_id, line.product_id) item
         WHERE width <= %s
        """,
        lines,
        since,
        max_products,
    )


def create_products(thresholds):
    """How many orders hold a product, of products that are frequent enough to be in a rule."""
    return SQL(
        """
        CREATE TEMPORARY TABLE crm_basket_product ON COMMIT DROP AS
        SELECT item.company_id, item.product_id, COUNT(*) AS order_count, all_orders.basket_count
          FROM crm_basket_item item
          JOIN (SELECT company_id, COUNT(DISTINCT order_id) AS basket_count
                  FROM crm_basket_item
              GROUP BY company_id) all_orders USING (company_id)
         WHERE all_orders.basket_count >= %s
      GROUP BY item.company_id, item.product_id, all_orders.basket_count
        HAVING COUNT(*) >= %s
        """,
        thresholds.min_baskets,
        thresholds.min_orders,
    )


def _with_pairs(min_orders):
    """Two products that are often in one order, to stand after WITH."""
    return SQL(
        """
        frequent AS MATERIALIZED (
            SELECT item.*
              FROM crm_basket_item item
              JOIN crm_basket_product product USING (company_id, product_id)
        ), pair AS MATERIALIZED (
            SELECT one.company_id, one.product_id AS one_id, other.product_id AS other_id,
                   COUNT(*) AS order_count
              FROM frequent one
              JOIN frequent other
                ON other.order_id = one.order_id AND other.product_id > one.product_id
          GROUP BY one.company_id, one.product_id, other.product_id
            HAVING COUNT(*) >= %(min_orders)s AND MIN(one.partner_id) <> MAX(one.partner_id)
        )
        """,
        min_orders=min_orders,
    )


def create_rules(thresholds):
    """The rules that hold, for products that can be sold."""
    return SQL(
        """
        CREATE TEMPORARY TABLE crm_basket_rule ON COMMIT DROP AS
        WITH %(pairs)s, directed AS (
            SELECT company_id, one_id AS antecedent_id, other_id AS consequent_id, order_count
              FROM pair
         UNION ALL
            SELECT company_id, other_id, one_id, order_count
              FROM pair
        ), rated AS (
            SELECT directed.*,
                   antecedent.order_count AS antecedent_count,
                   consequent.order_count AS consequent_count,
                   antecedent.basket_count,
                   directed.order_count::float8 / antecedent.basket_count AS support,
                   directed.order_count::float8 / antecedent.order_count AS confidence,
                   (directed.order_count * antecedent.basket_count)::float8
                       / (antecedent.order_count * consequent.order_count) AS lift
              FROM directed
              JOIN crm_basket_product antecedent
                ON antecedent.company_id = directed.company_id
               AND antecedent.product_id = directed.antecedent_id
              JOIN crm_basket_product consequent
                ON consequent.company_id = directed.company_id
               AND consequent.product_id = directed.consequent_id
              JOIN product_product product ON product.id = directed.consequent_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE product.active AND template.active AND template.sale_ok
        ), ranked AS (
            SELECT rated.*, confidence * lift AS score,
                   ROW_NUMBER() OVER (PARTITION BY company_id, antecedent_id
                                          ORDER BY confidence * lift DESC, consequent_id) AS rank
              FROM rated
             WHERE support >= %(min_support)s
               AND confidence >= %(min_confidence)s
               AND lift > 1
               AND lift >= %(min_lift)s
        )
        SELECT %(counted)s, %(rounded)s
          FROM ranked
         WHERE rank <= %(max_rules)s
        """,
        pairs=_with_pairs(thresholds.min_orders),
        min_support=thresholds.min_support,
        min_confidence=thresholds.min_confidence,
        min_lift=thresholds.min_lift,
        max_rules=thresholds.max_rules,
        counted=_join(*KEY, *COUNTS),
        rounded=SQL(", ").join(_round(name) for name in SHARES),
    )


def update_rules(table):
    """Change the rules whose figures have changed."""
    return SQL(
        """
        UPDATE %(table)s kept
           SET %(changes)s
          FROM crm_basket_rule found
         WHERE %(same)s
           AND (%(old)s) IS DISTINCT FROM (%(new)s)
        """,
        table=SQL.identifier(table),
        changes=SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), SQL.identifier("found", name)) for name in FIGURES
        ),
        same=_get_same("kept", "found"),
        old=SQL(", ").join(SQL.identifier("kept", name) for name in FIGURES),
        new=SQL(", ").join(SQL.identifier("found", name) for name in FIGURES),
    )


def insert_rules(table):
    return SQL(
        """
        INSERT INTO %(table)s (%(columns)s)
        SELECT %(columns)s
          FROM crm_basket_rule found
         WHERE NOT EXISTS (SELECT FROM %(table)s kept WHERE %(same)s)
      ORDER BY company_id, antecedent_id, score DESC, consequent_id
        """,
        table=SQL.identifier(table),
        columns=_join(*KEY, *FIGURES),
        same=_get_same("kept", "found"),
    )


def delete_rules(table):
    return SQL(
        """
        DELETE FROM %(table)s kept
         WHERE NOT EXISTS (SELECT FROM crm_basket_rule found WHERE %(same)s)
        """,
        table=SQL.identifier(table),
        same=_get_same("kept", "found"),
    )


def update_companies():
    """Keep how many orders there are to conclude from."""
    return SQL(
        """
        UPDATE res_company company
           SET association_order_count = counted.basket_count
          FROM (SELECT each.id, COUNT(DISTINCT item.order_id) AS basket_count
                  FROM res_company each
             LEFT JOIN crm_basket_item item ON item.company_id = each.id
              GROUP BY each.id) counted
         WHERE counted.id = company.id
           AND company.association_order_count IS DISTINCT FROM counted.basket_count
        """
    )


def _join(*names):
    return SQL(", ").join(SQL.identifier(name) for name in names)


def _round(name):
    """Two significant digits, as `round_share` of `lib/basket.py`; no share is 0."""
    return SQL(
        "ROUND(%(share)s::numeric, 1 - FLOOR(LOG(%(share)s::numeric))::int)::float8 AS %(share)s",
        share=SQL.identifier(name),
    )


def _get_same(one, other):
    return SQL(" AND ").join(
        SQL("%s = %s", SQL.identifier(one, name), SQL.identifier(other, name)) for name in KEY
    )

"""The SQL of conversions: what touches get the credit for."""

from dataclasses import dataclass

from odoo.tools import SQL

from odoo.addons.crm_suite.models.metric.figures import select_companies

CONVERSION = SQL("crm_attribution_conversion")
LINK = SQL("crm_attribution_link")


@dataclass
class Scope:
    """Whom a pass is about.

    ``customers``: ids of commercial partners; ``contacts``: of all their contacts.
    ``addresses``: theirs, and those of nobody we know; ``identity_keys``: the same as
    `crm.consent._hash` has them.
    """

    customers: list
    contacts: list
    addresses: list
    identity_keys: list


def select_lead_condition(scope):
    """Return the condition that a `crm_lead` belongs to a pass; to one over all if None."""
    if scope is None:
        return SQL("TRUE")
    return SQL(
        """(crm_lead.partner_id = ANY(%s)
            OR crm_lead.partner_id IS NULL AND crm_lead.email_normalized = ANY(%s))""",
        scope.contacts,
        scope.addresses,
    )


def select_customer(partner, address):
    """Return the query of one row (partner_id, key): who a contact or else an address is.

    An address belongs to the customer of the oldest contact that has it; of an address that no
    contact has, the address itself is the key.
    """
    return SQL(
        """
        SELECT known.id AS partner_id,
               COALESCE('p' || known.id, 'e' || NULLIF(%(address)s, '')) AS key
          FROM (SELECT COALESCE(
                    (SELECT commercial_partner_id FROM res_partner WHERE id = %(partner)s),
                    (SELECT commercial_partner_id
                       FROM res_partner
                      WHERE email_normalized = %(address)s AND active
                   ORDER BY id
                      LIMIT 1)) AS id) known
        """,
        partner=partner,
        address=address,
    )


def select_conversions(env, companies, scope):
    """Return the query of all conversions: leads, confirmed orders, paid invoices.

    Columns: number, conversion, res_id, date (until when touches count), day, company_id,
    partner_id, key, amount (integer of the smallest unit), digits, is_counted (a return is no
    order), is_new, lead_id, order_id, move_id.
    """
    return SQL(
        """
        WITH company %(companies)s
        SELECT ROW_NUMBER() OVER () AS number,
               fact.conversion, fact.res_id, fact.date,
               COALESCE(fact.day,
                        (fact.date AT TIME ZONE 'UTC' AT TIME ZONE company.tz)::date) AS day,
               fact.company_id, fact.partner_id, fact.key,
               ROUND(fact.amount::numeric * (10 ^ company.digits)::numeric) AS amount,
               company.digits,
               fact.is_counted, fact.is_new, fact.lead_id, fact.order_id, fact.move_id
          FROM (%(facts)s) fact
          JOIN company ON company.id = fact.company_id
        """,
        companies=select_companies(companies),
        facts=SQL(" UNION ALL ").join(
            (_select_leads(env, scope), _select_orders(env, scope), _select_payments(scope))
        ),
    )


def _select_leads(env, scope):
    return SQL(
        """
        SELECT 'lead' AS conversion, crm_lead.id AS res_id, crm_lead.create_date AS date,
               NULL::date AS day,
               COALESCE(crm_lead.company_id, %(company)s) AS company_id,
               customer.partner_id, customer.key,
               0::numeric AS amount, TRUE AS is_counted, FALSE AS is_new,
               crm_lead.id AS lead_id, NULL::int AS order_id, NULL::int AS move_id
          FROM crm_lead
    CROSS JOIN LATERAL (%(customer)s) customer
         WHERE %(condition)s
        """,
        # a lead of no company is of the first one, as its salesperson and team are unknown
        company=env.ref("base.main_company").id,
        customer=select_customer(SQL("crm_lead.partner_id"), SQL("crm_lead.email_normalized")),
        condition=select_lead_condition(scope),
    )


def _select_orders(env, scope):
    """Confirmed orders as all reports count them (`crm.customer.fact`)."""
    domain = [("state", "=", "sale")]
    if scope is not None:
        domain.append(("partner_id.commercial_partner_id", "in", scope.customers))
    # one company only: amounts stay in the currency of the company of the order
    fact = env["crm.customer.fact"].with_context(allowed_company_ids=env.company.ids)
    return SQL(
        """
        SELECT 'order', dated.id, dated.date_order, NULL::date, dated.company_id,
               dated.partner_id, 'p' || dated.partner_id,
               dated.revenue, placed.is_order,
               placed.is_order AND ROW_NUMBER() OVER (
                   PARTITION BY dated.partner_id, dated.company_id, placed.is_order
                       ORDER BY dated.date_order, dated.id) = 1,
               NULL::int, dated.id, NULL::int
          FROM (%(orders)s) dated
          JOIN (SELECT id, amount_untaxed >= 0 AS is_order FROM sale_order) placed
            ON placed.id = dated.id
        """,
        orders=fact._get_dated(env["sale.order"]._search(domain)),
    )


def _select_payments(scope):
    """Invoices that are paid, and what was credited of them, on the day of the last payment.

    Touches count until the order. A credit note of an invoice that was never paid takes nothing
    back that would have been counted.
    """
    return SQL(
        """
        SELECT 'payment', move.id,
               COALESCE(ordered.date, paid.day + interval '23:59:59'), paid.day,
               move.company_id, contact.commercial_partner_id,
               'p' || contact.commercial_partner_id,
               move.amount_untaxed_signed, move.move_type <> 'out_refund', FALSE,
               NULL::int, NULL::int, move.id
          FROM account_move move
     LEFT JOIN res_partner contact ON contact.id = move.partner_id
     LEFT JOIN account_move origin ON origin.id = move.reversed_entry_id
    CROSS JOIN LATERAL (
               SELECT COALESCE(MAX(part.max_date), move.date) AS day
                 FROM account_move_line item
                 JOIN account_partial_reconcile part
                   ON part.debit_move_id = item.id OR part.credit_move_id = item.id
                WHERE item.move_id = move.id AND item.display_type = 'payment_term') paid
     LEFT JOIN LATERAL (
               SELECT MIN(sale_order.date_order) AS date
                 FROM account_move_line item
                 JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
                 JOIN sale_order_line line ON line.id = rel.order_line_id
                 JOIN sale_order ON sale_order.id = line.order_id
                WHERE item.move_id = move.id) ordered ON TRUE
         WHERE move.state = 'posted'
           AND move.payment_state IN ('paid', 'in_payment')
           AND (move.move_type IN ('out_invoice', 'out_receipt')
                OR move.move_type = 'out_refund'
                   AND (origin.id IS NULL OR origin.payment_state IN ('paid', 'in_payment')))
           AND %(condition)s
        """,
        condition=(
            SQL("TRUE") if scope is None else SQL("move.partner_id = ANY(%s)", scope.contacts)
        ),
    )


def select_links():
    """Return the query of the documents behind conversions: number, lead_id, order_id.

    Where these came from counts, however long ago it was.
    """
    return SQL(
        """
        SELECT number, lead_id, NULL::int AS order_id
          FROM %(conversion)s
         WHERE lead_id IS NOT NULL
         UNION
        SELECT conversion.number, sale_order.opportunity_id, sale_order.id
          FROM %(conversion)s conversion
          JOIN sale_order ON sale_order.id = conversion.order_id
         UNION
        SELECT conversion.number, sale_order.opportunity_id, sale_order.id
          FROM %(conversion)s conversion
          JOIN account_move_line item ON item.move_id = conversion.move_id
          JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
          JOIN sale_order_line line ON line.id = rel.order_line_id
          JOIN sale_order ON sale_order.id = line.order_id
        """,
        conversion=CONVERSION,
    )

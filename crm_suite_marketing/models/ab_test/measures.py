"""What the variants of an A/B test have brought about, counted in sets."""

from odoo.tools import SQL

from ...lib.ab_test import Amounts, Rate
from ..engagement.statements import select_counted

# How a winner is chosen in core's words -> what is counted for it
MEASURES = {
    "opened_ratio": "opened",
    "clicks_ratio": "clicked",
    "replied_ratio": "replied",
    "crm_lead_count": "leads",
    "sale_quotation_count": "quotations",
    "ab_order_count": "orders",
    "ab_order_revenue": "revenue",
    "sale_invoiced_amount": "invoiced",
}
AMOUNTS = ("revenue", "invoiced")
# What is compared with those who got nothing: they can neither open nor click
OUTCOMES = {"leads": "leads", "revenue": "revenue", "invoiced": "revenue"}

LEADS = """
    SELECT source_id,
           count(DISTINCT coalesce(partner_id::text, email_normalized, '#' || id))
      FROM crm_lead
     WHERE source_id = ANY(%(sources)s)
       AND (company_id IS NULL OR company_id = %(company)s)
  GROUP BY source_id
    """
ORDERS = """
    WITH buyer AS (
        SELECT source_id,
               partner_id,
               bool_or(state = 'sale') AS ordered,
               coalesce(sum(amount_untaxed / coalesce(nullif(currency_rate, 0), 1))
                        FILTER (WHERE state = 'sale'), 0) AS amount
          FROM sale_order
         WHERE source_id = ANY(%(sources)s)
           AND company_id = %(company)s
           AND state != 'cancel'
      GROUP BY source_id, partner_id)
    SELECT source_id, count(*), count(*) FILTER (WHERE ordered),
           sum(amount)::float, sum(amount * amount)::float
      FROM buyer
  GROUP BY source_id
    """
INVOICES = """
    WITH payer AS (
        SELECT source_id, partner_id, sum(amount_untaxed_signed) AS amount
          FROM account_move
         WHERE source_id = ANY(%(sources)s)
           AND company_id = %(company)s
           AND state = 'posted'
           AND move_type IN ('out_invoice', 'out_refund', 'out_receipt')
      GROUP BY source_id, partner_id)
    SELECT source_id, sum(amount)::float, sum(amount * amount)::float,
           count(*) FILTER (WHERE amount != 0)
      FROM payer
  GROUP BY source_id
    """
OUTCOME_COUNTS = """
    WITH person AS (
        SELECT CASE WHEN reason = 'holdout' THEN 0 ELSE mailing_id END AS arm,
               identity_key,
               max(identity) AS identity,
               max(partner_id) AS partner_id
          FROM crm_outbox
         WHERE campaign_id = %(campaign)s
           AND is_assigned
           AND (reason = 'holdout' OR mailing_id = ANY(%(mailings)s))
      GROUP BY 1, 2),
    -- what somebody with two addresses buys counts once
    buyer AS (
        SELECT DISTINCT ON (arm, partner_id) arm, identity_key, partner_id
          FROM person
         WHERE partner_id IS NOT NULL
      ORDER BY arm, partner_id, identity_key),
    started AS (
        SELECT partner_id, email_normalized
          FROM crm_lead
         WHERE create_date >= %(since)s
           AND (company_id IS NULL OR company_id = %(company)s)),
    lead_of AS (
        SELECT person.arm, person.identity_key
          FROM person
          JOIN started USING (partner_id)
         UNION
        SELECT person.arm, person.identity_key
          FROM person
          JOIN started ON started.email_normalized = person.identity),
    paid AS (
        SELECT partner_id,
               sum(amount_untaxed / coalesce(nullif(currency_rate, 0), 1)) AS amount
          FROM sale_order
         WHERE state = 'sale'
           AND date_order >= %(since)s
           AND company_id = %(company)s
           AND partner_id IN (SELECT partner_id FROM person)
      GROUP BY partner_id)
    SELECT person.arm,
           count(*) AS people,
           count(lead_of.identity_key) AS leads,
           count(paid.partner_id) AS orders,
           coalesce(sum(paid.amount), 0)::float AS total,
           coalesce(sum(paid.amount * paid.amount), 0)::float AS squares
      FROM person
 LEFT JOIN lead_of USING (arm, identity_key)
 LEFT JOIN buyer USING (arm, identity_key)
 LEFT JOIN paid ON paid.partner_id = buyer.partner_id
  GROUP BY person.arm
    """


def count_reactions(env, mailings):
    """Count messages that went, and what people did with them.

    A click and a reply are an opening too: many programs show no pictures.

    :return: ``{mailing id: {sent, opened, clicked, replied}}``
    """
    env["crm.outbox"].flush_model()
    env["crm.engagement"].flush_model()
    rows = env.execute_query_dict(
        SQL(
            """
            WITH acted AS (
                SELECT outbox_id,
                       bool_or(kind = 'click') AS clicked,
                       bool_or(kind = 'reply') AS replied
                  FROM crm_engagement AS event
                 WHERE mailing_id = ANY(%(mailings)s)
                   AND kind IN ('open', 'click', 'reply')
                   AND %(counted)s
              GROUP BY outbox_id)
            SELECT outbox.mailing_id,
                   count(*) AS sent,
                   count(acted.outbox_id) AS opened,
                   count(*) FILTER (WHERE acted.clicked) AS clicked,
                   count(*) FILTER (WHERE acted.replied) AS replied
              FROM crm_outbox outbox
         LEFT JOIN acted ON acted.outbox_id = outbox.id
             WHERE outbox.mailing_id = ANY(%(mailings)s)
               AND outbox.state = 'sent'
          GROUP BY outbox.mailing_id
            """,
            mailings=mailings.ids,
            counted=select_counted("event"),
        )
    )
    return {row.pop("mailing_id"): row for row in rows}


def count_business(env, mailings, company):
    """Count people who became a lead, got a quotation, ordered or were invoiced by a mailing, as
    core does: by its UTM source. Amounts are untaxed, in the currency of the company.

    :return: ``{mailing id: {leads, quotations, orders, revenue, invoiced}}``; the last two are
        ``(sum, sum of squares, how many people)``
    """
    for model in ("crm.lead", "sale.order", "account.move"):
        env[model].flush_model()
    by_source = {mailing.source_id.id: mailing.id for mailing in mailings if mailing.source_id}
    arguments = {"sources": list(by_source), "company": company.id}
    result = {
        mailing.id: {
            "leads": 0,
            "quotations": 0,
            "orders": 0,
            "revenue": (0.0, 0.0, 0),
            "invoiced": (0.0, 0.0, 0),
        }
        for mailing in mailings
    }
    for source, leads in env.execute_query(SQL(LEADS, **arguments)):
        result[by_source[source]]["leads"] = leads
    for source, quotations, orders, total, squares in env.execute_query(SQL(ORDERS, **arguments)):
        result[by_source[source]].update(
            quotations=quotations, orders=orders, revenue=(total, squares, orders)
        )
    for source, total, squares, payers in env.execute_query(SQL(INVOICES, **arguments)):
        result[by_source[source]]["invoiced"] = (total, squares, payers)
    return result


def count_outcomes(env, campaign, mailings, company, since):
    """Count what people did since the launch, whichever way they came: those who were to get a
    variant, whether it reached them or not, and those of the hold-out group alike. Only so the two
    can be compared: dead addresses are in both (intention to treat).

    :return: ``{mailing id, or 0 for the hold-out group: {people, leads, orders, revenue}}``; the
        revenue is ``(sum, sum of squares, how many people)``
    """
    rows = env.execute_query_dict(
        SQL(
            OUTCOME_COUNTS,
            campaign=campaign.id,
            mailings=mailings.ids,
            since=since,
            company=company.id,
        )
    )
    return {
        row["arm"]: {
            "people": row["people"],
            "leads": row["leads"],
            "orders": row["orders"],
            "revenue": (row["total"], row["squares"], row["orders"]),
        }
        for row in rows
    }


def make_sample(measure, counts, trials):
    """:return: `Rate` or `Amounts` of a measure; of the few who were not written to themselves
    (a mail that was passed on) no more count than there are recipients.
    """
    if measure in AMOUNTS:
        total, squares, payers = counts.get(measure, (0.0, 0.0, 0))
        return Amounts(trials, total, squares, min(payers, trials))
    return Rate(min(counts.get(measure, 0), trials), trials)

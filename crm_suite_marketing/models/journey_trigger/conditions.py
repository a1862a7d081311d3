"""The SQL of the events that conditions, branches and goals ask for."""

from odoo.tools import SQL

from . import entrants

# The colleagues of a contact buy for the same customer
FAMILY = """
    %s IN (SELECT colleague.id
             FROM res_partner AS mine
             JOIN res_partner AS colleague
               ON colleague.commercial_partner_id = mine.commercial_partner_id
            WHERE mine.id = participant.partner_id)
"""
# The clock of events knows seconds
ENTERED = SQL("date_trunc('second', participant.entered_at)")


def make(node):
    """:return: condition that the event of a node has happened"""
    if node.event == "visit" and node.visit_count > 1:
        return SQL(
            "(SELECT count(*) FROM (%s LIMIT %s) AS seen) >= %s",
            select_facts(node),
            node.visit_count,
            node.visit_count,
        )
    return SQL("EXISTS (%s)", select_facts(node))


def select_facts(node):
    """Return the query of what has happened to the participant: (at, model, res_id, amount)."""
    event = node.event
    if event in entrants.MESSAGE_KINDS:
        return of_messages(node)
    if event in ("form", "visit"):
        return of_pages(node)
    if event in ("quotation_sent", "order_confirmed"):
        return of_orders(node)
    if event == "invoice_paid":
        return of_invoices(node)
    return SQL("SELECT NULL::timestamp, NULL, NULL::int, NULL::numeric WHERE FALSE")


def of_messages(node):
    if node.about_mailing_id:
        return of_mailing(node)
    latest = SQL("TRUE")
    if node.about_node_uid:
        # in a loop each message is asked for anew
        latest = SQL(
            """message.node_uid = %(uid)s
               AND event.ts >= (
                   SELECT date_trunc('second', max(latest.entered_at))
                     FROM crm_journey_step AS latest
                    WHERE latest.participant_id = participant.id
                      AND latest.node_uid = %(uid)s
                      AND latest.outbox_id IS NOT NULL)""",
            uid=node.about_node_uid,
        )
    found = SQL(
        """SELECT event.ts AS at, NULL AS model, NULL::int AS res_id, NULL::numeric AS amount
             FROM crm_journey_step AS message
             JOIN crm_engagement AS event ON event.outbox_id = message.outbox_id
        LEFT JOIN link_tracker AS link ON link.id = event.link_id
            WHERE message.participant_id = participant.id
              AND %s AND %s""",
        is_kind(node),
        latest,
    )
    if node.event != "unsubscribed" or node.about_node_uid:
        return found
    return SQL("%s UNION ALL %s", found, of_refusals(node))


def of_mailing(node):
    return SQL(
        """SELECT event.ts AS at, NULL AS model, NULL::int AS res_id, NULL::numeric AS amount
             FROM crm_engagement AS event
        LEFT JOIN link_tracker AS link ON link.id = event.link_id
            WHERE event.mailing_id = %(mailing)s AND %(kind)s
              AND event.id IN (
                  SELECT mine.id FROM crm_engagement AS mine
                   WHERE mine.partner_id = participant.partner_id
                     AND mine.mailing_id = %(mailing)s
                   UNION ALL
                  SELECT mine.id FROM crm_outbox AS outbox
                    JOIN crm_engagement AS mine ON mine.outbox_id = outbox.id
                   WHERE outbox.mailing_id = %(mailing)s
                     AND outbox.model = participant.model
                     AND outbox.res_id = participant.res_id)""",
        mailing=node.about_mailing_id.id,
        kind=is_kind(node),
    )


def of_refusals(node):
    """Whoever says elsewhere that he wants no more has unsubscribed, too."""
    return SQL(
        """SELECT entry.date AS at, NULL AS model, NULL::int AS res_id, NULL::numeric AS amount
             FROM res_partner AS person
             JOIN crm_consent_entry AS entry
               ON entry.identity IN (person.email_normalized, person.phone_sanitized)
            WHERE person.id = participant.partner_id
              AND entry.state = 'withdrawn' AND entry.mailing_list_id IS NULL
              AND entry.date >= %s
              AND (entry.purpose_id IS NULL OR entry.purpose_id = %s)""",
        ENTERED,
        node.journey_id.purpose_id.id or None,
    )


def is_kind(node):
    return SQL(
        "(event.kind = ANY(%s) AND %s AND %s)",
        list(entrants.MESSAGE_KINDS[node.event]),
        entrants.by_people(node),
        entrants.contains(SQL("link.url"), node.event == "clicked" and node.url_part),
    )


def of_pages(node):
    if node.event == "form":
        which = entrants.is_form(node)
    else:
        which = SQL(
            "event.actor <> 'bot' AND %s",
            entrants.contains(SQL("event.evidence ->> 'url'"), node.url_part),
        )
    return SQL(
        """SELECT event.ts AS at, NULL AS model, NULL::int AS res_id, NULL::numeric AS amount
             FROM crm_engagement AS event
            WHERE event.partner_id = participant.partner_id
              AND event.kind = %s AND event.ts >= %s AND %s""",
        node.event,
        ENTERED,
        which,
    )


def of_orders(node):
    whose = SQL(FAMILY, SQL("sold.partner_id"))
    if node.model_name == "sale.order":
        whose = SQL("sold.id = participant.res_id")
    elif node.model_name == "crm.lead":
        whose = SQL("(sold.opportunity_id = participant.res_id OR %s)", whose)
    return SQL(
        """SELECT fact.ts AS at, 'sale.order' AS model, sold.id AS res_id,
                  (sold.amount_untaxed / COALESCE(NULLIF(sold.currency_rate, 0), 1))::numeric
                      AS amount
             FROM sale_order AS sold
             JOIN crm_journey_event AS fact
               ON fact.model = 'sale.order' AND fact.res_id = sold.id AND fact.kind = %s
            WHERE %s AND sold.company_id = %s AND sold.state <> 'cancel' AND fact.ts >= %s""",
        node.event,
        whose,
        node.journey_id.company_id.id,
        ENTERED,
    )


def of_invoices(node):
    whose = SQL(FAMILY, SQL("move.partner_id"))
    if node.model_name == "account.move":
        whose = SQL("move.id = participant.res_id")
    elif node.model_name == "sale.order":
        whose = SQL(
            """move.id IN (
                   SELECT line.move_id FROM sale_order_line AS sold
                     JOIN sale_order_line_invoice_rel AS rel ON rel.order_line_id = sold.id
                     JOIN account_move_line AS line ON line.id = rel.invoice_line_id
                    WHERE sold.order_id = participant.res_id)"""
        )
    return SQL(
        """SELECT fact.ts AS at, 'account.move' AS model, move.id AS res_id,
                  move.amount_untaxed_signed::numeric AS amount
             FROM account_move AS move
             JOIN crm_journey_event AS fact
               ON fact.model = 'account.move' AND fact.res_id = move.id
              AND fact.kind = 'invoice_paid'
            WHERE %s AND move.company_id = %s AND move.move_type = 'out_invoice'
              AND fact.ts >= %s""",
        whose,
        node.journey_id.company_id.id,
        ENTERED,
    )

"""The SQL of touches: by what customers came, and what they did with which mailings."""

from odoo.tools import SQL

from ..engagement.statements import select_counted
from .conversions import select_customer, select_lead_condition

TOUCH = SQL("crm_attribution_touch")


def select_touches(env, scope, with_opens, with_calls):
    """Return the query of all touches.

    Columns: key (of the customer), ts, ref (unique), kind, campaign_id, source_id, medium_id,
    mailing_id, lead_id, order_id (the document that tells of the touch).

    :param scope: `Scope`, or None for all
    :param bool with_opens: a mailing that was opened, and neither clicked nor answered, counts
    :param bool with_calls: a call of a campaign that was made counts
    """
    return SQL(" UNION ALL ").join(
        (
            _select_leads(scope),
            _select_origins(scope),
            _select_orders(scope),
            SQL("(%s)", _select_events(scope, with_opens, with_calls)),
            _select_traces(scope, with_opens),
            _select_registrations(env, scope),
        )
    )


def _select_leads(scope):
    return SQL(
        """
        SELECT customer.key, crm_lead.create_date AS ts, 'lead-' || crm_lead.id AS ref,
               'lead' AS kind, crm_lead.campaign_id, crm_lead.source_id, crm_lead.medium_id,
               NULL::int AS mailing_id, crm_lead.id AS lead_id, NULL::int AS order_id
          FROM crm_lead
    CROSS JOIN LATERAL (%(customer)s) customer
         WHERE COALESCE(crm_lead.campaign_id, crm_lead.source_id, crm_lead.medium_id) IS NOT NULL
           AND %(condition)s
        """,
        customer=select_customer(SQL("crm_lead.partner_id"), SQL("crm_lead.email_normalized")),
        condition=select_lead_condition(scope),
    )


def _select_origins(scope):
    return SQL(
        """
        SELECT customer.key, origin.date, 'origin-' || origin.id, 'lead',
               origin.campaign_id, origin.source_id, origin.medium_id,
               NULL::int, crm_lead.id, NULL::int
          FROM crm_lead_origin origin
          JOIN crm_lead ON crm_lead.id = origin.lead_id
    CROSS JOIN LATERAL (%(customer)s) customer
         WHERE %(condition)s
        """,
        customer=select_customer(SQL("crm_lead.partner_id"), SQL("crm_lead.email_normalized")),
        condition=select_lead_condition(scope),
    )


def _select_orders(scope):
    """Orders that came in by a campaign. What a quotation has from its opportunity is no other."""
    return SQL(
        """
        SELECT 'p' || contact.commercial_partner_id, sale_order.create_date,
               'order-' || sale_order.id, 'order',
               sale_order.campaign_id, sale_order.source_id, sale_order.medium_id,
               NULL::int, NULL::int, sale_order.id
          FROM sale_order
          JOIN res_partner contact ON contact.id = sale_order.partner_id
         WHERE COALESCE(sale_order.campaign_id, sale_order.source_id, sale_order.medium_id)
               IS NOT NULL
           AND NOT EXISTS (SELECT FROM crm_lead lead
                            WHERE lead.id = sale_order.opportunity_id AND %(same_as_lead)s)
           AND NOT EXISTS (SELECT FROM crm_lead_origin lead
                            WHERE lead.lead_id = sale_order.opportunity_id AND %(same_as_lead)s)
           AND %(condition)s
        """,
        same_as_lead=SQL(
            """(lead.campaign_id, lead.source_id, lead.medium_id) IS NOT DISTINCT FROM
               (sale_order.campaign_id, sale_order.source_id, sale_order.medium_id)"""
        ),
        condition=(
            SQL("TRUE") if scope is None else SQL("sale_order.partner_id = ANY(%s)", scope.contacts)
        ),
    )


def _select_events(scope, with_opens, with_calls):
    """Clicks that count, and answers of people: of one message, one a day. Opens where there is
    neither. Calls that were made.
    """
    condition = SQL("TRUE")
    if scope is not None:
        condition = SQL(
            "(event.partner_id = ANY(%s) OR event.identity_key = ANY(%s))",
            scope.contacts,
            scope.identity_keys,
        )
    return SQL(
        """
        SELECT DISTINCT ON (customer.key, event.mailing_id, event.outbox_id, event.ts::date)
               customer.key, event.ts, 'event-' || event.id,
               CASE event.kind WHEN 'delivered' THEN 'call' ELSE event.kind END AS kind,
               COALESCE(mailing.campaign_id, event.campaign_id),
               mailing.source_id, mailing.medium_id, mailing.id, NULL::int, NULL::int
          FROM crm_engagement event
     LEFT JOIN mailing_mailing mailing ON mailing.id = event.mailing_id
     LEFT JOIN crm_outbox message ON message.id = event.outbox_id
    CROSS JOIN LATERAL (%(customer)s) customer
         WHERE event.actor_reason IS DISTINCT FROM 'adopted'
           AND customer.key IS NOT NULL
           AND COALESCE(mailing.id, event.campaign_id) IS NOT NULL
           AND (event.kind IN ('click', 'reply') AND %(counted)s
                OR event.kind = 'open' AND %(counted)s AND %(with_opens)s AND NOT EXISTS (
                       SELECT FROM crm_engagement answer
                        WHERE answer.outbox_id = event.outbox_id
                          AND answer.kind IN ('click', 'reply') AND %(answer_counted)s)
                OR event.kind = 'delivered' AND message.channel = 'activity' AND %(with_calls)s)
           AND %(condition)s
      ORDER BY customer.key, event.mailing_id, event.outbox_id, event.ts::date, event.ts, event.id
        """,
        customer=select_customer(SQL("event.partner_id"), SQL("message.identity")),
        with_opens=with_opens,
        with_calls=with_calls,
        counted=select_counted("event"),
        answer_counted=select_counted("answer"),
        condition=condition,
    )


def _select_traces(scope, with_opens):
    """What Odoo's own statistics know of mailings for which there are no events but those that
    were adopted from them.
    """
    condition = SQL("TRUE")
    if scope is not None:
        condition = SQL(
            "(trace.model = 'res.partner' AND trace.res_id = ANY(%s) OR trace.email = ANY(%s))",
            scope.contacts,
            scope.addresses,
        )
    return SQL(
        """
        SELECT customer.key, seen.ts, 'trace-' || trace.id, seen.kind,
               mailing.campaign_id, mailing.source_id, mailing.medium_id, mailing.id,
               NULL::int, NULL::int
          FROM mailing_trace trace
          JOIN mailing_mailing mailing ON mailing.id = trace.mass_mailing_id
    CROSS JOIN LATERAL (
               SELECT COALESCE(trace.links_click_datetime, trace.reply_datetime,
                               CASE WHEN %(with_opens)s THEN trace.open_datetime END) AS ts,
                      CASE WHEN trace.links_click_datetime IS NOT NULL THEN 'click'
                           WHEN trace.reply_datetime IS NOT NULL THEN 'reply' ELSE 'open' END
                          AS kind) seen
    CROSS JOIN LATERAL (%(customer)s) customer
         WHERE seen.ts IS NOT NULL
           AND trace.is_test_trace IS NOT TRUE
           AND customer.key IS NOT NULL
           AND NOT EXISTS (SELECT FROM crm_engagement event
                            WHERE event.trace_id = trace.id
                              AND event.kind IN ('open', 'click', 'reply')
                              AND event.actor_reason IS DISTINCT FROM 'adopted')
           AND %(condition)s
        """,
        customer=select_customer(
            SQL("CASE WHEN trace.model = 'res.partner' THEN trace.res_id END"),
            SQL("trace.email"),
        ),
        with_opens=with_opens,
        condition=condition,
    )


def _select_registrations(env, scope):
    """Who asked for our mails on the public form, and proved his address."""
    condition = SQL("TRUE")
    if scope is not None:
        condition = SQL("entry.identity_key = ANY(%s)", scope.identity_keys)
    medium = env.ref("utm.utm_medium_website", raise_if_not_found=False)
    return SQL(
        """
        SELECT customer.key, entry.date, 'entry-' || entry.id, 'form',
               NULL::int, NULL::int, %(medium)s::int, NULL::int, NULL::int, NULL::int
          FROM crm_consent_entry entry
    CROSS JOIN LATERAL (%(customer)s) customer
         WHERE entry.source IN ('form', 'confirmation')
           AND entry.state = 'granted'
           AND entry.channel = 'email'
           AND customer.key IS NOT NULL
           AND %(condition)s
        """,
        medium=medium.id if medium else None,
        customer=select_customer(SQL("NULL::int"), SQL("entry.identity")),
        condition=condition,
    )

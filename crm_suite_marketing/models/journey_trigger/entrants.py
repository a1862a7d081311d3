"""The SQL of who comes in, for each trigger.

Each function returns a query of rows (res_id, at, entry): the record, when it happened (UTC), and
what led it in. Whoever was in the journey at that time, or after it, is left out by who calls.
"""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tools import SQL

# An event is noted when it happened, but seen by others when its transaction ends; providers tell
# what has happened long ago, and who it was may turn out later
LATE = {"engagement": timedelta(days=2), "row": timedelta(hours=1), "date": timedelta(days=1)}
# Dates that passed while nobody looked count so far back
MISSED = timedelta(days=7)
OPENED = ("open", "click", "reply")
# What somebody should have done in time
AWAITED = {"not_opened": OPENED, "not_clicked": ("click",), "not_replied": ("reply",)}
# What programs do, too, and nobody may know
UNSURE = ("opened", "clicked", "not_opened", "not_clicked")
MESSAGE_KINDS = {
    "opened": OPENED,
    "clicked": ("click",),
    "replied": ("reply",),
    "bounced": ("bounce_hard",),
    "unsubscribed": ("unsubscribe", "complaint"),
}
INTERVALS = {"minutes": "mins", "hours": "hours", "days": "days", "weeks": "weeks"}


def by_people(node):
    """:return: condition that no program did it; that a message came back no person says"""
    asked = node.trigger if node.kind == "trigger" else node.event
    if node.is_sure and asked in UNSURE:
        return SQL("(event.actor = 'human' OR event.kind = 'bounce_hard')")
    return SQL("(event.actor <> 'bot' OR event.kind = 'bounce_hard')")


def make_interval(amount, unit):
    """:return: SQL of so much time"""
    name = SQL(INTERVALS.get(unit, "months"))
    return SQL("make_interval(%s => %s)", name, amount or 0)


def make_zone(env, company, tz):
    """Return the SQL of a time zone that the database knows: that of the contact, else that of the
    company.

    :param tz: ``SQL`` of the zone of the contact
    """
    known = env["crm.journey.node"]._get_known_zones()
    home = company.partner_id.tz
    home = home if home in known else "UTC"
    return SQL("CASE WHEN %s = ANY(%s) THEN %s ELSE %s END", tz, list(known), tz, home)


def contains(column, text):
    """:return: condition that a column contains a text; letters count alike, signs mean nothing"""
    if not text:
        return SQL("TRUE")
    return SQL("position(lower(%s) in lower(%s)) > 0", text, column)


def by_person(node, rows):
    """Records of the journey's model that belong to the people of a query.

    :param rows: query of (partner_id, at, entry)
    """
    if node.model_name == "res.partner":
        return SQL("SELECT f.partner_id AS res_id, f.at, f.entry FROM (%s) AS f", rows)
    return SQL(
        "SELECT record.id AS res_id, f.at, f.entry FROM (%s) AS f"
        " JOIN %s AS record ON record.partner_id = f.partner_id",
        rows,
        SQL.identifier(node.env[node.model_name]._table),
    )


def segment_enter(node, look, since, until):
    is_first = not look.looked_at and node.includes_members
    when = SQL("%s::timestamp", until) if is_first else SQL("member.entered_at")
    window = (
        SQL("member.left_at IS NULL")
        if is_first
        else SQL(
            "member.entered_at >= %s AND (member.left_at IS NULL OR member.left_at > %s)",
            since - LATE["row"] if look.looked_at else since,
            until,
        )
    )
    rows = SQL(
        """SELECT member.partner_id, %s AS at,
                  jsonb_build_object('segment', member.segment_id, 'member', member.id) AS entry
             FROM crm_segment_member AS member
            WHERE member.segment_id = %s AND %s AND member.entered_at <= %s""",
        when,
        node.segment_id.id,
        window,
        until,
    )
    return by_person(node, rows)


def segment_leave(node, look, since, until):
    rows = SQL(
        """SELECT member.partner_id, member.left_at AS at,
                  jsonb_build_object('segment', member.segment_id, 'member', member.id) AS entry
             FROM crm_segment_member AS member
            WHERE member.segment_id = %s AND member.left_at >= %s AND member.left_at <= %s
              AND NOT EXISTS (
                  SELECT FROM crm_segment_member AS again
                   WHERE again.segment_id = member.segment_id
                     AND again.partner_id = member.partner_id AND again.left_at IS NULL)""",
        node.segment_id.id,
        max(look.started_at, since - LATE["row"]),
        until,
    )
    return by_person(node, rows)


def lifecycle(node, look, since, until):
    rows = SQL(
        """SELECT move.partner_id, move.moved_at AS at,
                  jsonb_build_object('move', move.id, 'stage', move.to_stage_id) AS entry
             FROM crm_lifecycle_move AS move
            WHERE move.to_stage_id = %s AND move.moved_at >= %s AND move.moved_at <= %s""",
        node.stage_id.id,
        max(look.started_at, since - LATE["row"]),
        until,
    )
    return by_person(node, rows)


def select_recipient(node):
    """:return: the record that a message went to, of aliases `outbox` and `trace`"""
    model = node.model_name
    record = SQL(
        """COALESCE(CASE WHEN outbox.model = %(model)s THEN outbox.res_id END,
                    CASE WHEN trace.model = %(model)s THEN trace.res_id END)""",
        model=model,
    )
    if model == "res.partner":
        return SQL("COALESCE(outbox.partner_id, %s)", record)
    return record


def message(node, look, since, until):
    """Opened, clicked, replied, bounced."""
    recipient = select_recipient(node)
    if node.model_name == "res.partner":
        recipient = SQL("COALESCE(event.partner_id, %s)", recipient)
    return SQL(
        """SELECT %(recipient)s AS res_id, event.ts AS at,
                  jsonb_build_object('event', event.id, 'kind', event.kind) AS entry
             FROM crm_engagement AS event
        LEFT JOIN crm_outbox AS outbox ON outbox.id = event.outbox_id
        LEFT JOIN mailing_trace AS trace ON trace.id = event.trace_id
        LEFT JOIN link_tracker AS link ON link.id = event.link_id
            WHERE event.mailing_id = %(mailing)s
              AND event.kind = ANY(%(kinds)s)
              AND event.ts >= %(since)s AND event.ts <= %(until)s
              AND %(no_bot)s AND %(url)s""",
        recipient=recipient,
        mailing=node.about_mailing_id.id,
        kinds=list(MESSAGE_KINDS[node.trigger]),
        since=max(look.started_at, since - LATE["engagement"]),
        until=until,
        no_bot=by_people(node),
        url=contains(SQL("link.url"), node.trigger == "clicked" and node.url_part),
    )


def not_message(node, look, since, until):
    """Not opened, clicked or answered for some time, although it arrived."""
    moment = SQL("(m.sent_at + %s)", make_interval(node.amount, node.unit))
    of_ours = SQL(
        """SELECT outbox.id AS outbox_id, outbox.trace_id, %s AS res_id, outbox.sent_at
             FROM crm_outbox AS outbox
        LEFT JOIN mailing_trace AS trace ON trace.id = outbox.trace_id
            WHERE outbox.mailing_id = %s AND outbox.state = 'sent'""",
        select_recipient(node),
        node.about_mailing_id.id,
    )
    of_odoo = SQL(
        """SELECT NULL::int AS outbox_id, trace.id AS trace_id,
                  trace.res_id, trace.sent_datetime AS sent_at
             FROM mailing_trace AS trace
            WHERE trace.mass_mailing_id = %s AND trace.model = %s
              AND trace.is_test_trace IS NOT TRUE
              AND trace.trace_status NOT IN ('outgoing', 'process', 'pending', 'error', 'cancel')
              AND NOT EXISTS (SELECT FROM crm_outbox AS ours WHERE ours.trace_id = trace.id)""",
        node.about_mailing_id.id,
        node.model_name,
    )
    return SQL(
        """SELECT m.res_id, %(moment)s AS at,
                  jsonb_build_object('mailing', %(mailing)s, 'outbox', m.outbox_id) AS entry
             FROM (%(ours)s UNION ALL %(odoo)s) AS m
            WHERE %(moment)s >= %(since)s AND %(moment)s <= %(until)s
              AND NOT EXISTS (
                  SELECT FROM crm_engagement AS event
                   WHERE (event.outbox_id = m.outbox_id OR event.trace_id = m.trace_id)
                     AND event.kind = ANY(%(kinds)s) AND %(no_bot)s)""",
        moment=moment,
        mailing=node.about_mailing_id.id,
        ours=of_ours,
        odoo=of_odoo,
        since=max(look.started_at, since - LATE["row"], until - MISSED),
        until=until,
        # what came back could not be opened
        kinds=[*AWAITED[node.trigger], "bounce_hard"],
        no_bot=by_people(node),
    )


def form(node, look, since, until):
    return by_person(
        node,
        SQL(
            """SELECT event.partner_id, event.ts AS at,
                      jsonb_build_object('event', event.id, 'kind', event.kind) AS entry
                 FROM crm_engagement AS event
                WHERE event.kind = 'form' AND event.partner_id IS NOT NULL
                  AND event.ts >= %s AND event.ts <= %s AND %s""",
            max(look.started_at, since - LATE["engagement"]),
            until,
            is_form(node),
        ),
    )


def is_form(node):
    which = SQL("TRUE")
    if node.web_form_id:
        which = SQL("event.evidence ->> 'form_id' = %s", str(node.web_form_id.id))
    elif node.form_ref:
        # a form of ours may be renamed: it is known by its number only
        which = SQL(
            "(NOT event.evidence ? 'form_id' AND event.evidence ->> 'form' = %s)", node.form_ref
        )
    return SQL("(event.actor <> 'bot' AND %s)", which)


def visit(node, look, since, until):
    url = contains(SQL("event.evidence ->> 'url'"), node.url_part)
    enough = SQL("TRUE")
    if node.visit_count > 1:
        # pages seen before the launch count, the last one does not
        enough = SQL(
            """(SELECT count(*) FROM crm_engagement AS earlier
                 WHERE earlier.partner_id = event.partner_id AND earlier.kind = 'visit'
                   AND earlier.ts <= event.ts AND earlier.ts > event.ts - %s
                   AND %s) >= %s""",
            make_interval(max(node.visit_days, 1), "days"),
            contains(SQL("earlier.evidence ->> 'url'"), node.url_part),
            node.visit_count,
        )
    return by_person(
        node,
        SQL(
            """SELECT event.partner_id, event.ts AS at,
                      jsonb_build_object('event', event.id, 'kind', event.kind) AS entry
                 FROM crm_engagement AS event
                WHERE event.kind = 'visit' AND event.partner_id IS NOT NULL
                  AND event.actor <> 'bot'
                  AND event.ts >= %s AND event.ts <= %s AND %s AND %s""",
            max(look.started_at, since - LATE["engagement"]),
            until,
            url,
            enough,
        ),
    )


def order(node, look, since, until):
    """A quotation was sent, an order was confirmed."""
    column = {"sale.order": "id", "crm.lead": "opportunity_id"}.get(node.model_name, "partner_id")
    return SQL(
        """SELECT sold.%(column)s AS res_id, fact.ts AS at,
                  jsonb_build_object('order', sold.id) AS entry
             FROM crm_journey_event AS fact
             JOIN sale_order AS sold ON sold.id = fact.res_id
            WHERE fact.kind = %(kind)s AND fact.model = 'sale.order'
              AND fact.ts >= %(since)s AND fact.ts <= %(until)s
              AND sold.company_id = %(company)s AND sold.state <> 'cancel'""",
        column=SQL.identifier(column),
        kind=node.trigger,
        since=max(look.started_at, since - LATE["row"]),
        until=until,
        company=node.journey_id.company_id.id,
    )


def invoice_overdue(node, look, since, until):
    column = SQL.identifier("id" if node.model_name == "account.move" else "partner_id")
    at = make_moment(node, SQL("move.invoice_date_due"), SQL("owner.tz"), is_date=True)
    return SQL(
        """SELECT * FROM (
           SELECT move.%(column)s AS res_id, %(at)s AS at,
                  jsonb_build_object('invoice', move.id, 'date', move.invoice_date_due) AS entry
             FROM account_move AS move
             JOIN res_partner AS owner ON owner.id = move.partner_id
            WHERE move.move_type = 'out_invoice' AND move.state = 'posted'
              AND move.payment_state IN ('not_paid', 'partial')
              AND move.amount_residual > 0
              AND move.company_id = %(company)s
              AND %(near)s) AS found
            WHERE found.at >= %(since)s AND found.at <= %(until)s""",
        column=column,
        at=at,
        company=node.journey_id.company_id.id,
        near=is_near(node, SQL("move.invoice_date_due"), look, since, until),
        since=get_date_start(look, since, until),
        until=until,
    )


def get_date_start(look, since, until):
    return max(look.started_at, since - LATE["date"], until - MISSED)


def get_offset(node):
    amount = -node.amount if node.side == "before" and node.trigger != "invoice_overdue" else None
    return make_interval(node.amount if amount is None else amount, node.unit)


def make_moment(node, date, tz, is_date):
    """Return the SQL of the moment (UTC) at which a date counts, on the clock of the contact: the
    database knows when that is moved.
    """
    zone = make_zone(node.env, node.journey_id.company_id, tz)
    wall = (
        SQL("%s::timestamp", date)
        if is_date
        else SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", date, zone)
    )
    # hours and minutes go by wherever one is; days and months are those of the calendar
    if not is_date and node.unit in ("minutes", "hours") and not node.has_hour:
        return SQL("(%s + %s)", date, get_offset(node))
    wall = SQL("(%s + %s)", wall, get_offset(node))
    if node.has_hour:
        wall = SQL(
            "(date_trunc('day', %s) + make_interval(mins => %s))", wall, round(node.at_hour * 60)
        )
    return SQL("(%s AT TIME ZONE %s AT TIME ZONE 'UTC')", wall, zone)


def is_near(node, date, look, since, until):
    """:return: condition on the bare column, for its index: the moment may be in the window"""
    return SQL(
        "%(date)s >= %(since)s::timestamp - %(time)s - interval '4 days'"
        " AND %(date)s <= %(until)s::timestamp - %(time)s + interval '4 days'",
        date=date,
        since=get_date_start(look, since, until),
        until=until,
        time=get_offset(node),
    )


def date(node, look, since, until):
    """So long before or after a date, or every year on its day."""
    field = node.date_field_id
    if not field:
        raise UserError(node.env._("The date is gone: its field was deleted."))
    Model = node.env[node.model_name]
    column = SQL.identifier("record", field.name)
    is_date = field.ttype == "date"
    near = is_near(node, column, look, since, until)
    if node.trigger == "yearly":
        # who was born on 29 February has his birthday on the 28th in other years
        day = column if is_date else SQL("%s::date", column)
        years = SQL("extract(year FROM %s)::int", day)
        first, last = until.year - 2, until.year + 2
        shown = SQL("(%s + make_interval(years => year.number - %s))", column, years)
        rows = SQL(
            " CROSS JOIN generate_series(%s, %s) AS year(number)", min(first, since.year), last
        )
        near = SQL("%s AND year.number > %s", is_near(node, shown, look, since, until), years)
    else:
        shown, rows = column, SQL()
    person = get_person_column(Model)
    at = make_moment(node, shown, SQL("person.tz"), is_date)
    return SQL(
        """SELECT * FROM (
           SELECT record.id AS res_id, %(at)s AS at,
                  jsonb_build_object('date', (%(shown)s)::date, 'field', %(name)s::text) AS entry
             FROM %(table)s AS record
        LEFT JOIN res_partner AS person ON person.id = %(person)s %(rows)s
            WHERE %(column)s IS NOT NULL AND %(near)s) AS found
            WHERE found.at >= %(since)s AND found.at <= %(until)s""",
        at=at,
        shown=shown,
        name=field.name,
        table=SQL.identifier(Model._table),
        person=person,
        rows=rows,
        column=column,
        near=near,
        since=get_date_start(look, since, until),
        until=until,
    )


def get_person_column(Model):
    """:return: SQL of the contact of a record of alias `record`"""
    if Model._name == "res.partner":
        return SQL("record.id")
    return SQL("record.partner_id") if has_person(Model) else SQL("NULL::int")


def has_person(Model):
    field = Model._fields.get("partner_id")
    return bool(field and field.store and field.comodel_name == "res.partner")


def webhook(node, look, since, until):
    return SQL(
        """SELECT fact.res_id, fact.ts AS at, jsonb_build_object('call', fact.id) AS entry
             FROM crm_journey_event AS fact
             JOIN crm_journey_hook AS hook ON hook.id = fact.hook_id
            WHERE fact.kind = 'webhook' AND fact.model = %s
              AND hook.journey_id = %s AND hook.node_uid = %s
              AND fact.ts >= %s AND fact.ts <= %s""",
        node.model_name,
        node.journey_id.id,
        node.uid,
        max(look.started_at, since - LATE["row"]),
        until,
    )


SOURCES = {
    "segment_enter": segment_enter,
    "segment_leave": segment_leave,
    "lifecycle": lifecycle,
    "opened": message,
    "clicked": message,
    "replied": message,
    "bounced": message,
    "not_opened": not_message,
    "not_clicked": not_message,
    "not_replied": not_message,
    "form": form,
    "visit": visit,
    "quotation_sent": order,
    "order_confirmed": order,
    "invoice_overdue": invoice_overdue,
    "date": date,
    "yearly": date,
    "webhook": webhook,
}

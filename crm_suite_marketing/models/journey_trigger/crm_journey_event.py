from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import consent as lib
from . import conditions

KINDS = [
    ("quotation_sent", "Quotation Sent"),
    ("order_confirmed", "Order Confirmed"),
    ("invoice_paid", "Invoice Paid"),
    ("webhook", "Incoming Webhook"),
    ("engagement", "Engagement"),
    ("refusal", "Refusal"),
]
# These stand in their own ledgers; here they are only as long as nobody has looked at them
PASSING = ("engagement", "refusal")
# A step that begins to wait just when its event is looked at sees that at the second look, which
# is so long after the first: what happened long before it could be seen is no reason to hurry
AGAIN = timedelta(minutes=3)
LOOKS = 2
# How many are looked at together
BATCH = 5000
# Answers of the gate that mean that he wants no more
REFUSED = ("blacklist", "withdrawn", "suppressed")
# Whom the events of a look are about
AFFECTED = """
    SELECT participant.id
      FROM crm_journey_participant AS participant
      JOIN crm_journey AS journey ON journey.id = participant.journey_id
     WHERE (participant.state = 'running'
            OR participant.exit_reason = 'goal' AND participant.goal_model IS NULL)
       AND journey.state IN ('running', 'paused')
       AND participant.id IN (
           -- messages of the journey
           SELECT step.participant_id
             FROM crm_journey_event AS news
             JOIN crm_engagement AS event ON event.id = news.res_id
             JOIN crm_journey_step AS step ON step.outbox_id = event.outbox_id
            WHERE news.id = ANY(%(news)s) AND news.kind = 'engagement'
            UNION ALL
           SELECT other.id
             FROM crm_journey_event AS news
             JOIN crm_engagement AS event ON event.id = news.res_id
             JOIN crm_journey_participant AS other ON other.partner_id = event.partner_id
            WHERE news.id = ANY(%(news)s) AND news.kind = 'engagement'
            UNION ALL
           SELECT other.id
             FROM crm_journey_event AS news
             JOIN crm_engagement AS event ON event.id = news.res_id
             JOIN crm_outbox AS outbox ON outbox.id = event.outbox_id
             JOIN crm_journey_participant AS other
               ON other.model = outbox.model AND other.res_id = outbox.res_id
            WHERE news.id = ANY(%(news)s) AND news.kind = 'engagement'
            UNION ALL
           -- who wants no more
           SELECT other.id
             FROM crm_journey_event AS news
             JOIN res_partner AS person ON person.email_normalized = news.address
             JOIN crm_journey_participant AS other ON other.partner_id = person.id
            WHERE news.id = ANY(%(news)s) AND news.kind = 'refusal' AND news.channel = 'email'
            UNION ALL
           SELECT other.id
             FROM crm_journey_event AS news
             JOIN res_partner AS person ON person.phone_sanitized = news.address
             JOIN crm_journey_participant AS other ON other.partner_id = person.id
            WHERE news.id = ANY(%(news)s) AND news.kind = 'refusal' AND news.channel = 'sms'
            UNION ALL
           -- what was bought: for the customer and his people, and the document itself
           SELECT other.id
             FROM crm_journey_event AS news
        LEFT JOIN sale_order AS sold ON news.model = 'sale.order' AND sold.id = news.res_id
        LEFT JOIN account_move AS move ON news.model = 'account.move' AND move.id = news.res_id
             JOIN res_partner AS buyer ON buyer.id = COALESCE(sold.partner_id, move.partner_id)
             JOIN res_partner AS colleague
               ON colleague.commercial_partner_id = buyer.commercial_partner_id
             JOIN crm_journey_participant AS other ON other.partner_id = colleague.id
            WHERE news.id = ANY(%(news)s) AND news.model IN ('sale.order', 'account.move')
            UNION ALL
           SELECT other.id
             FROM crm_journey_event AS news
             JOIN crm_journey_participant AS other
               ON other.model = news.model AND other.res_id = news.res_id
            WHERE news.id = ANY(%(news)s) AND news.model IN ('sale.order', 'account.move')
            UNION ALL
           SELECT other.id
             FROM crm_journey_event AS news
             JOIN sale_order AS sold ON news.model = 'sale.order' AND sold.id = news.res_id
             JOIN crm_journey_participant AS other
               ON other.model = 'crm.lead' AND other.res_id = sold.opportunity_id
            WHERE news.id = ANY(%(news)s)
            UNION ALL
           SELECT other.id
             FROM crm_journey_event AS news
             JOIN account_move_line AS line ON line.move_id = news.res_id
             JOIN sale_order_line_invoice_rel AS rel ON rel.invoice_line_id = line.id
             JOIN sale_order_line AS sold ON sold.id = rel.order_line_id
             JOIN crm_journey_participant AS other
               ON other.model = 'sale.order' AND other.res_id = sold.order_id
            WHERE news.id = ANY(%(news)s) AND news.model = 'account.move')
"""
REACH = """
    UPDATE crm_journey_participant AS reached
       SET goal_at = COALESCE(reached.goal_at, found.at), goal_uid = %(uid)s,
           goal_model = found.model, goal_res_id = found.res_id, revenue = found.amount
      FROM (SELECT participant.id, fact.at, fact.model, fact.res_id, fact.amount
              FROM crm_journey_participant AS participant
        CROSS JOIN LATERAL (
                   SELECT * FROM (%(facts)s) AS each ORDER BY each.at, each.res_id LIMIT 1
                   ) AS fact
             WHERE participant.id = ANY(%(affected)s)
               AND participant.version_id = %(version)s
               -- who came by the goal before this was looked at has reached it without its worth
               AND (participant.state = 'running' AND participant.goal_at IS NULL
                    OR participant.goal_uid = %(uid)s AND participant.goal_model IS NULL
                       AND fact.model IS NOT NULL)
               AND %(condition)s) AS found
     WHERE reached.id = found.id
 RETURNING reached.id
"""
# Participants with an address, as contacts or by the record itself
REFUSING = """
    SELECT journey.purpose_id, whose.address, array_agg(participant.id)
      FROM (%(people)s) AS whose(id, model, address)
      JOIN crm_journey_participant AS participant
        ON whose.model IS NULL AND participant.partner_id = whose.id
        OR participant.model = whose.model AND participant.res_id = whose.id
      JOIN crm_journey AS journey ON journey.id = participant.journey_id
     WHERE participant.state = 'running' AND journey.exit_on_unsubscribe
       AND EXISTS (SELECT FROM crm_journey_node AS node
                    WHERE node.version_id = participant.version_id
                      AND node.kind = ANY(%(kinds)s))
  GROUP BY journey.purpose_id, whose.address
"""


class CrmJourneyEvent(models.Model):
    """What happened that journeys may wait for, and which no other ledger keeps with its time;
    and what of the other ledgers nobody has looked at yet. Rows are only added, by SQL.

    Whoever does what is noted here (follows a link, confirms an order) does not wait for what it
    leads to: that is done by a scheduled job that is called at once.
    """

    _name = "crm.journey.event"
    _description = "Event of Journeys"
    _order = "id desc"
    _rec_name = "kind"
    _log_access = False

    kind = fields.Selection(KINDS, required=True, readonly=True)
    ts = fields.Datetime("Time", required=True, readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="model", readonly=True)
    hook_id = fields.Many2one(
        "crm.journey.hook", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    event_key = fields.Char("Key against Doubles", readonly=True)
    channel = fields.Char(readonly=True)
    address = fields.Char(readonly=True, help="Of who refused.")
    looks_left = fields.Integer(readonly=True, help="How often it is still looked at.")
    looked_at = fields.Datetime("Last Looked Through", readonly=True)

    _event_key_uniq = models.UniqueIndex("(event_key) WHERE event_key IS NOT NULL")
    _record_idx = models.Index("(model, res_id, kind)")
    _kind_idx = models.Index("(kind, ts)")
    _new_idx = models.Index("(looks_left DESC, id) WHERE looks_left > 0")

    # ------------------------------------------------------------------
    # Adding
    # ------------------------------------------------------------------

    @api.model
    def _note(self, kind, model, ids):
        """Note that something happened to records: one statement, whatever waits for it."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_journey_event (kind, ts, model, res_id, looks_left)
                   SELECT %s, %s, %s, unnest(%s), %s""",
                kind,
                fields.Datetime.now(),
                model,
                list(ids),
                LOOKS,
            )
        )
        self._call(kind)

    @api.model
    def _note_engagement(self, events):
        listened = self.env["crm.journey"]._get_listened()
        kinds = {kind for kind, names in ENGAGEMENTS.items() if listened & names}
        if not kinds:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_journey_event (kind, ts, model, res_id, looks_left)
                   SELECT 'engagement', %s, 'crm.engagement', id, %s FROM crm_engagement
                    WHERE id = ANY(%s) AND kind = ANY(%s)
                    ORDER BY id""",
                fields.Datetime.now(),
                LOOKS,
                events.ids,
                list(kinds),
            )
        )
        if self.env.cr.rowcount:
            self._run_soon()

    @api.model
    def _note_refusals(self, addresses, channel):
        """Note that the people of these addresses want no more."""
        addresses = list(filter(None, addresses))
        listened = self.env["crm.journey"]._get_listened()
        if not addresses or not {"refusal", "unsubscribed"} & listened:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_journey_event (kind, ts, channel, address, looks_left)
                   SELECT 'refusal', %s, %s, unnest(%s), %s""",
                fields.Datetime.now(),
                channel,
                addresses,
                LOOKS,
            )
        )
        self._run_soon()

    @api.model
    def _call(self, kind):
        if kind in self.env["crm.journey"]._get_listened():
            self._run_soon()

    @api.model
    def _run_soon(self):
        # sudo: whoever does what journeys wait for has no rights on jobs
        job = self.env.ref("crm_suite_marketing.ir_cron_journey_enrol").sudo()
        # once in a transaction is enough
        called = self.env.cr.precommit.data.setdefault("crm_journey_called", set())
        if not called:
            called.add(True)
            job._trigger()

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    @api.model
    def _take(self, most=BATCH):
        """Move who waited for what has happened, and let leave who reached a goal or wants no
        more. Doing it again changes nothing.

        :return: whether more is there
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM crm_journey_event
                    WHERE looks_left = %s OR looks_left > 0 AND COALESCE(looked_at, ts) < %s
                    ORDER BY looks_left DESC, id LIMIT %s""",
                LOOKS,
                fields.Datetime.now() - AGAIN,
                most,
            )
        )
        if not rows:
            return False
        ids = [row[0] for row in rows]
        affected = [row[0] for row in self.env.execute_query(SQL(AFFECTED, news=ids))]
        if affected:
            self._leave_by_message(ids)
            for node in self._get_asking_nodes(affected):
                if node.kind == "goal":
                    self._reach(node, affected)
                else:
                    self._wake(node, affected)
        self._leave_by_refusal(ids)
        self._forget(ids)
        return len(rows) == most

    def _forget(self, ids):
        """What was looked at often enough is not looked at again; what stands elsewhere goes."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_journey_event
                    WHERE id = ANY(%s) AND kind = ANY(%s) AND looks_left <= 1""",
                ids,
                list(PASSING),
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE crm_journey_event SET looks_left = looks_left - 1, looked_at = %s
                    WHERE id = ANY(%s)""",
                fields.Datetime.now(),
                ids,
            )
        )

    def _get_asking_nodes(self, affected):
        """Return the nodes that ask for events, of the versions that these people go through."""
        rows = self.env.execute_query(
            SQL(
                """SELECT node.id FROM crm_journey_node AS node
                    WHERE node.kind IN ('condition', 'goal') AND node.asks = 'event'
                      AND node.version_id IN (
                          SELECT DISTINCT version_id FROM crm_journey_participant
                           WHERE id = ANY(%s))
                    ORDER BY node.id""",
                affected,
            )
        )
        return self.env["crm.journey.node"].browse([row[0] for row in rows])

    def _wake(self, node, affected):
        rows = self.env.execute_query(
            SQL(
                """SELECT step.id FROM crm_journey_step AS step
                     JOIN crm_journey_participant AS participant
                       ON participant.id = step.participant_id
                    WHERE step.node_id = %s AND step.state = 'waiting'
                      AND participant.id = ANY(%s) AND %s""",
                node.id,
                affected,
                node._make_event_condition(),
            )
        )
        if rows:
            self.env["crm.journey.step"]._finish([row[0] for row in rows], port="yes")

    def _reach(self, node, affected):
        """Note what reached the goal; who did leaves, where the journey says so."""
        self.env.cr.execute(
            SQL(
                REACH,
                uid=node.uid,
                version=node.version_id.id,
                affected=affected,
                facts=conditions.select_facts(node),
                condition=conditions.make(node),
            )
        )
        reached = [row[0] for row in self.env.cr.fetchall()]
        Participant = self.env["crm.journey.participant"]
        if reached:
            Participant.invalidate_model()
            if node.journey_id.exit_on_goal:
                Participant._exit(reached, "goal")

    def _leave_by_message(self, news):
        """Whoever leaves by a message of the journey leaves the journey."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT participant.id
                     FROM crm_journey_event AS news
                     JOIN crm_engagement AS event ON event.id = news.res_id
                     JOIN crm_journey_step AS step ON step.outbox_id = event.outbox_id
                     JOIN crm_journey_participant AS participant
                       ON participant.id = step.participant_id
                     JOIN crm_journey AS journey ON journey.id = participant.journey_id
                    WHERE news.id = ANY(%s) AND news.kind = 'engagement'
                      AND event.kind IN ('unsubscribe', 'complaint')
                      AND participant.state = 'running' AND journey.exit_on_unsubscribe""",
                news,
            )
        )
        if rows:
            self.env["crm.journey.participant"]._exit([row[0] for row in rows], "unsubscribed")

    def _leave_by_refusal(self, news):
        """Ask the gate once for each purpose: it knows what holds now."""
        rows = self.env.execute_query(
            SQL(
                """SELECT channel, array_agg(DISTINCT address) FROM crm_journey_event
                    WHERE id = ANY(%s) AND kind = 'refusal' GROUP BY channel""",
                news,
            )
        )
        for channel, addresses in rows:
            for purpose_id, people in self._find_refusing(channel, addresses).items():
                purpose = self.env["crm.consent.purpose"].browse(purpose_id or [])
                refusals = self.env["crm.consent"]._get_refusals(
                    people, channel, purpose, use_domains=False
                )
                ids = [
                    id_
                    for address, found in people.items()
                    if refusals.get(address) in REFUSED
                    for id_ in found
                ]
                if ids:
                    self.env["crm.journey.participant"]._exit(ids, "unsubscribed")

    def _find_refusing(self, channel, addresses):
        """:return: ``{purpose: {address: [participants]}}`` of who has one of these addresses, he
        himself or the record that is in the journey
        """
        name, kinds = "email_normalized", ["mail", "webhook", "activity"]
        if channel == "sms":
            name, kinds = "phone_sanitized", ["sms", "activity"]
        else:
            addresses = {one for address in addresses for one in lib.get_writings(address)}
        whose = [SQL("SELECT person.id, NULL, person.%s FROM res_partner AS person", column(name))]
        for model in self._get_models_with(name):
            table = SQL.identifier(self.env[model]._table)
            whose.append(SQL("SELECT r.id, %s, r.%s FROM %s AS r", model, column(name), table))
        rows = []
        for people in whose:
            rows += self.env.execute_query(
                SQL(
                    REFUSING,
                    people=SQL("%s WHERE %s = ANY(%s)", people, column(name), list(addresses)),
                    kinds=kinds,
                )
            )
        found = {}
        for purpose_id, address, ids in rows:
            found.setdefault(purpose_id, {}).setdefault(address, []).extend(ids)
        return found

    def _get_models_with(self, name):
        """:return: models of journeys that run whose records have an address of their own"""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT model_name FROM crm_journey
                    WHERE state IN ('running', 'paused') AND model_name <> 'res.partner'"""
            )
        )
        models = [model for [model] in rows if model in self.env]
        return [
            model
            for model in models
            if name in self.env[model]._fields and self.env[model]._fields[name].store
        ]


def column(name):
    return SQL.identifier(name)


# Which triggers and events listen to what happened to a message
ENGAGEMENTS = {
    "open": {"opened"},
    "click": {"opened", "clicked"},
    "reply": {"opened", "replied"},
    "bounce_hard": {"bounced"},
    "unsubscribe": {"unsubscribed", "refusal"},
    "complaint": {"unsubscribed", "refusal"},
    "form": {"form"},
    "visit": {"visit"},
}

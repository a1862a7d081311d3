"""What a walk on paper asks of a contact and of the calendar."""

from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.filter_text import parse_conditions

from ...lib import journey_graph, schedule
from ...lib.journey_simulation import Fate
from ...models.journey_report.filter_words import is_hidden
from ...models.timing import timing

CHANNELS = {"mail": "email", "sms": "sms"}


def make_graph(version):
    """:return: the nodes of a version and what the walk has to know of them"""
    journey = version.journey_id
    return {
        "nodes": [
            {
                "uid": node.uid,
                "kind": node.kind,
                "arms": node.arm_ids.mapped("port"),
                "jump_uid": node.jump_uid,
                "jump_most": node.jump_most,
                "exit_on_goal": journey.exit_on_goal,
            }
            for node in version.node_ids
        ],
        "edges": [
            {"source": edge.source_id.uid, "port": edge.port, "target": edge.target_id.uid}
            for edge in version.edge_ids
        ],
    }


class World:
    """Answers of a record, as it is now, and of what was assumed.

    Filters are asked with the rights of the responsible, as the engine does.

    :param assumptions: ``{key of a node: crm.journey.simulation.assumption}``
    """

    def __init__(self, version, record, start, assumptions):
        self.env = version.env
        self.version = version
        self.journey = version.journey_id
        self.record = record
        self.start = start
        self.assumptions = assumptions
        self.nodes = {node.uid: node for node in version.node_ids}
        self.tz, self.tz_guessed = self._find_zone()
        self.zone = ZoneInfo(self.tz)
        # when each message went for the last time
        self.sent = {}
        # and all of them
        self.log = []

    def _find_zone(self):
        """:return: the time zone of the contact, and whether that of the company stands in"""
        known = available_timezones()
        partner = self.get_partner()
        if partner.tz in known:
            return partner.tz, False
        # sudo: where the company is; its card may be hidden
        places = (self.journey.company_id.sudo().partner_id.tz, self.journey.sudo().user_id.tz)
        return next((tz for tz in places if tz in known), "UTC"), True

    def get_partner(self):
        if self.record._name == "res.partner":
            return self.record
        found = self.record._mail_get_partners()
        return found[self.record.id][:1]

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------

    def _get_time(self, node, start, amount):
        days = self.journey.company_id._get_sending_days() if node.working_days else ()
        return schedule.get_due(
            start,
            amount,
            node.unit or "days",
            self.zone,
            hour=node.at_hour if node.has_hour else None,
            days=days,
        )

    def get_due(self, node, came):
        node = self.nodes[node["uid"]]
        if node.kind == "condition" and node.amount <= 0:
            return None
        return self._get_time(node, came, node.amount)

    def get_target(self, node, came):
        node = self.nodes[node["uid"]]
        target = None
        if node.until_kind != "field":
            target = node.until_at and self._get_time(node, node.until_at, 0)
        # sudo: its name only
        elif (name := node.sudo().date_field_id.name) in self.record._fields:
            if is_hidden(self.env, self.record._name, name):
                raise UserError(self.env._("The journey waits for a date that you may not see."))
            value = self.record[name]
            amount = -node.amount if node.side == "before" else node.amount
            target = value and self._get_time(node, value, amount)
        if not target:
            return came, True
        return target, target < came - schedule.GRACE

    # ------------------------------------------------------------------
    # Questions
    # ------------------------------------------------------------------

    def matches(self, domain):
        """Say whether the record matches a filter now. What nobody launched that might is asked
        with the rights of the reader: else anybody could ask in the name of anybody.
        """
        conditions = parse_conditions(domain or "[]")
        if not conditions:
            return True
        journey = self.journey
        if journey._hides_conditions(conditions):
            raise UserError(self.env._("The journey asks about what you may not see."))
        as_responsible = journey._asks_as_responsible(self.version)
        found = (
            self.env[journey.model_name]
            .with_user(journey.user_id if as_responsible else self.env.user)
            .with_context(active_test=False, allowed_company_ids=journey.company_id.ids)
        )
        return bool(found.search_count([*conditions, ("id", "=", self.record.id)], limit=1))

    def find_met(self, node, came):
        node = self.nodes[node["uid"]]
        assumption = self.assumptions.get(node.uid)
        answer = assumption.answer if assumption else "now"
        if answer == "never":
            return None
        if answer == "now":
            holds = node.asks == "domain" and self.matches(node.domain)
            return came if holds else None
        since = self.start
        if node.asks == "event" and node.about_node_uid:
            since = self.sent.get(node.about_node_uid)
            if not since:
                # he never got the message
                return None
        delay = timedelta(**{assumption.unit or "hours": assumption.amount})
        return max(since + delay, came)

    def choose_arm(self, node):
        node = self.nodes[node["uid"]]
        assumption = self.assumptions.get(node.uid)
        if assumption and assumption.arm_id:
            return assumption.arm_id.port
        if node.kind == "ab" and node.ab_decided_port:
            return node.ab_decided_port
        return max(node.arm_ids, key=lambda arm: arm.weight).port if node.arm_ids else None

    def interrupt(self, came, left):
        """Exit rules are asked before each step, goals hold wherever he is."""
        journey = self.journey
        if parse_conditions(journey.exit_domain or "[]") and self.matches(journey.exit_domain):
            return came, "exit_rule"
        if not journey.exit_on_goal:
            return None
        moments = []
        for node in self.version.node_ids:
            if node.kind != "goal":
                continue
            if node.asks == "domain" and not parse_conditions(node.domain or "[]"):
                continue
            met = self.find_met({"uid": node.uid}, came)
            if met is not None and (left is None or met <= left):
                moments.append(met)
        return (min(moments), "goal") if moments else None

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def act(self, node, came):
        node = self.nodes[node["uid"]]
        channel = CHANNELS.get(node.kind)
        if not channel:
            return Fate(journey_graph.NEXT, came, "acts")
        address = self._get_address(channel)
        refusal = self.find_refusal(address, channel)
        if refusal:
            return Fate(journey_graph.NEXT, came, "refused", detail=refusal)
        usual = self._get_usual_time(node, came)
        free = self._get_free_time(node, usual)
        goes = self._get_sending_time(free)
        self.sent[node.uid] = goes
        self.log.append(goes)
        code = "held" if free > usual else "put_off" if goes > usual else "sent"
        if code == "sent" and usual > came:
            code = "usual"
        return Fate(journey_graph.NEXT, came, code, detail=(address, goes))

    def _get_address(self, channel):
        record, partner = self.record, self.get_partner()
        if channel == "email":
            name = record._mail_get_primary_email_field()
            return (name and record[name]) or partner.email or ""
        found = record._sms_get_recipients_info()[record.id]
        return found["sanitized"] or found["number"] or ""

    def find_refusal(self, address, channel):
        """:return: code of why nothing is sent to him, or None"""
        if "active" in self.record._fields and not self.record.active:
            return "archived"
        if not address:
            return "missing"
        # sudo: whether he may be written to; what he said stays unread
        found = (
            self.env["crm.consent"]
            .sudo()
            ._get_refusals([address], channel, purpose=self.journey.purpose_id)
        )
        return found.get(address)

    def _get_usual_time(self, node, moment):
        """:return: when it is the hour in which he mostly reads, where the message keeps to it"""
        mailing, partner = node.mailing_id, self.get_partner()
        if not mailing.at_usual_hour or not partner:
            return moment
        tz = self._get_known_tz()
        one = SQL(
            """(SELECT %s AS res_id, %s AS partner_id, NULL::text AS identity_key, %s AS tz,
                       NULL::text AS reason)""",
            partner.id,
            partner.id,
            tz,
        )
        company = self.journey.company_id
        found = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) AS usual",
                timing.make_hour(SQL("%s::timestamp", moment), SQL("%s", tz), SQL("usual.hour")),
                timing.list_usual_hours(one, company, fields.Datetime.now()),
            )
        )
        return found[0][0] if found else moment

    def _get_known_tz(self):
        """:return: his time zone, where the database knows it"""
        [[known]] = self.env.execute_query(
            SQL("SELECT count(*) FROM pg_timezone_names WHERE name = %s", self.tz)
        )
        return self.tz if known else "UTC"

    def _get_free_time(self, node, moment):
        """:return: from when on he may get one more, by the limit of messages to one person"""
        company = self.journey.company_id
        most, time = company.cap_messages, timedelta(days=company.cap_days)
        partner = self.get_partner()
        if not most or node.mailing_id and not node.mailing_id.keeps_cap:
            return moment
        got = self.env["crm.outbox"].search(
            [
                ("partner_id", "=", partner.id),
                ("state", "in", ("sent", "uncertain")),
                ("sent_at", ">", moment - time),
                ("sent_at", "<=", moment),
            ],
            order="sent_at desc",
            limit=most,
        )
        times = sorted([*got.mapped("sent_at"), *(one for one in self.log if one > moment - time)])
        return max(moment, times[-most] + time) if len(times) >= most else moment

    def _get_sending_time(self, moment):
        company = self.journey.company_id
        if not self.journey.keeps_quiet_hours or not company._has_quiet_times():
            return moment
        tz = self._get_known_tz()
        return company._find_quiet_zones([tz], moment).get(tz, moment)

    def show(self, moment):
        """:return: what his clock shows, without a zone, as fields keep moments"""
        return moment and fields.Datetime.to_datetime(schedule.get_wall(moment, self.zone))

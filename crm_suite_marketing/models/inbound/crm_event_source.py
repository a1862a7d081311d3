import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...lib import delivery_token
from ...lib.bot_filter import AGENT_LENGTH
from ...lib.network import get_network
from ...lib.provider_events import read_events

MOST_CALLS = 120


class CrmEventSource(models.Model):
    """A program that tells us what became of messages: a mail provider or whoever got them from a
    webhook. It signs each call with the secret; what it tells counts once, for messages of its
    company only.
    """

    _name = "crm.event.source"
    _description = "Event Source"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="It tells of messages of this company only. Empty: of all; only administrators of the "
        "system see such a source and its secret.",
    )
    secret = fields.Char(
        required=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(32),
        groups="crm_suite_marketing.group_marketing_manager,base.group_system",
        help="The other program signs its calls with it.",
    )
    address = fields.Char(
        compute="_compute_address", help="The other program posts its events there."
    )
    most_calls = fields.Integer(
        "Calls per Minute",
        default=MOST_CALLS,
        required=True,
        help="More are refused; the other program tries again later.",
    )
    minute = fields.Datetime("Minute of the Last Call", readonly=True, copy=False)
    calls = fields.Integer("Calls in This Minute", readonly=True, copy=False)
    last_told = fields.Char(readonly=True, copy=False)

    _most_calls_valid = models.Constraint(
        "CHECK (most_calls BETWEEN 1 AND 6000)", "From 1 to 6000 calls per minute."
    )

    @api.depends_context("uid")
    def _compute_address(self):
        for source in self:
            source.address = (
                f"{source.get_base_url()}/crm/events/{source.id}" if source.id else False
            )

    @api.constrains("secret")
    def _check_secret(self):
        # sudo: whoever changes another field need not read it
        if any(len(source.secret or "") < 16 for source in self.sudo()):
            raise ValidationError(self.env._("A secret has at least 16 characters."))

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            # rules look at what was: nobody hands a source to a company that is not his
            self.check_access("write")
        return result

    def copy_data(self, default=None):
        return [
            values | {"name": self.env._("%s (copy)", source.name)}
            for source, values in zip(self, super().copy_data(default), strict=True)
        ]

    def action_new_secret(self):
        """Make a new secret. What is signed with the old one is refused."""
        self.check_access("write")
        for source in self:
            source.secret = secrets.token_urlsafe(32)

    def _count_call(self):
        """:return: whether this minute has room for one more call"""
        self.ensure_one()
        [[calls]] = self._write_beside(
            SQL(
                """UPDATE crm_event_source
                      SET calls = CASE WHEN minute = %(minute)s THEN calls ELSE 0 END + 1,
                          minute = %(minute)s
                    WHERE id = %(id)s
                RETURNING calls""",
                minute=fields.Datetime.now().replace(second=0),
                id=self.id,
            )
        )
        return calls <= self.most_calls

    def _note_told(self, words):
        self._write_beside(
            SQL(
                """UPDATE crm_event_source SET last_told = %s
                    WHERE id IN (SELECT id FROM crm_event_source WHERE id = %s
                                    FOR NO KEY UPDATE SKIP LOCKED)
                RETURNING id""",
                words,
                self.id,
            )
        )

    def _write_beside(self, statement):
        """Write the row of the source and let go of it at once: providers call several times at
        the same moment, and one call would wait until the other has noted all that it tells.
        """
        self.flush_recordset()
        with self.env["crm.outbox"]._get_sending_cursor() as cr:
            cr.execute(statement)
            rows = cr.fetchall()
        self.invalidate_recordset(["calls", "minute", "last_told"])
        return rows

    def _take(self, body):
        """Note the events that were posted.

        :param bytes body: JSON
        :return: dict of numbers: `taken` (new), `known` (told before), `unknown` (not understood,
            or about no message of this company)
        :raise BadEventsError: when it is no list of events
        """
        self.ensure_one()
        events, unknown = read_events(body, fields.Datetime.now())
        deliveries = self._find_deliveries({event.message for event in events})
        about = [
            (event, deliveries[event.message]) for event in events if event.message in deliveries
        ]
        links = self._find_links(about)
        values = [
            {
                "event_key": f"source:{self.id}:{event.digest}",
                "kind": event.kind,
                "ts": event.at,
                "outbox_id": delivery.id,
                "link_id": links.get((delivery.mailing_id.id, event.url)),
                "evidence": self._get_facts(event),
            }
            for event, delivery in about
        ]
        new = self.env["crm.engagement"]._record(values)
        self._withdraw(new.filtered(lambda event: event.kind == "unsubscribe"))
        counts = {
            "taken": len(new),
            "known": len(values) - len(new),
            "unknown": unknown + len(events) - len(about),
        }
        self._note_told(
            self.env._("%(taken)s new, %(known)s known, %(unknown)s not understood", **counts)
        )
        return counts

    def _withdraw(self, events):
        """Whoever says elsewhere that he wants no more of this has left, as by a link of ours."""
        for event in events:
            mailing, identity = event.mailing_id, event.outbox_id.identity
            if mailing and identity:
                mailing._unsubscribe_address(
                    identity,
                    "api",
                    channel=mailing._get_consent_channel(),
                    reason=self.env._("Told by “%s”", self.name),
                )

    def _get_facts(self, event):
        facts = dict(event.facts, told_by=self.name)
        if agent := facts.get("agent"):
            facts["agent"] = agent[:AGENT_LENGTH]
        if network := get_network(event.ip):
            facts["network"] = network
        return facts

    def _find_deliveries(self, names):
        """:return: ``{what names a message: delivery}`` of this company"""
        key = self.env["crm.consent"]._get_key()
        numbers = {}
        for name in names:
            number = delivery_token.read_message_id(key, name)
            if not number:
                token = delivery_token.read_token(key, "webhook", name)
                number = token[0] if token and len(token) == 1 else None
            if number and number < 2**31:
                numbers[name] = number
        known = self.env["crm.outbox"].browse(numbers.values()).exists()
        if self.company_id:
            known = known.filtered(lambda delivery: delivery.company_id == self.company_id)
        return {
            name: known.browse(number) for name, number in numbers.items() if number in known.ids
        }

    def _find_links(self, about):
        """:return: ``{(mailing, address): link}``"""
        clicked = [(event, delivery) for event, delivery in about if event.kind == "click"]
        mailings = {delivery.mailing_id.id for _event, delivery in clicked}
        addresses = {event.url for event, _delivery in clicked if event.url}
        if not addresses:
            return {}
        links = self.env["link.tracker"].search(
            [("mass_mailing_id", "in", list(mailings)), ("url", "in", list(addresses))]
        )
        return {(link.mass_mailing_id.id, link.url): link.id for link in links}

import json
import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

from ..journey_action import safe_fields

MOST_CALLS = 120
# What a call may not write, whatever the journey says
NEVER = {"id", "active", "company_id", "user_id", "group_ids", "create_uid", "write_uid"}
WRITABLE = ("char", "text", "integer", "float", "boolean", "date", "datetime", "selection")
MOST_FIELDS = 20
MOST_TEXT = 2000
# of a number that is too large already
MOST_DIGITS = 11


# What no text of the database holds: NUL, and halves of signs
BROKEN = re.compile("[\x00\ud800-\udfff]")


def read_number(kind, value):
    """:return: a number that the database can hold"""
    number = {"integer": int, "float": float}[kind](value)
    if not abs(number) < (2**31 if kind == "integer" else 1e100):
        raise ValueError(value)
    return number


class BadCallError(ValueError):
    """A call that cannot be understood. What is wrong is its first argument."""


class CrmJourneyHook(models.Model):
    """Where another program tells who is to enter a journey. It signs each call with the secret, as
    programs that tell of messages do; a call counts once, and writes only what the start says.
    """

    _name = "crm.journey.hook"
    _description = "Incoming Webhook of a Journey"
    _rec_name = "address"

    journey_id = fields.Many2one("crm.journey", required=True, readonly=True, ondelete="cascade")
    node_uid = fields.Char("Key of the Start", required=True, readonly=True)
    key = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: secrets.token_urlsafe(16)
    )
    secret = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(32),
        groups="base.group_system",
    )
    address = fields.Char(compute="_compute_address")
    most_calls = fields.Integer("Calls per Minute", default=MOST_CALLS, required=True)
    minute = fields.Datetime("Minute of the Last Call", readonly=True, copy=False)
    calls = fields.Integer("Calls in This Minute", readonly=True, copy=False)

    _key_uniq = models.UniqueIndex("(key)")
    _start_uniq = models.UniqueIndex("(journey_id, node_uid)")
    _most_calls_valid = models.Constraint(
        "CHECK (most_calls BETWEEN 1 AND 6000)", "From 1 to 6000 calls per minute."
    )

    @api.depends("key")
    def _compute_address(self):
        for hook in self:
            hook.address = f"{hook.get_base_url()}/crm_suite/journey/{hook.key}"

    @api.model
    def _get(self, node):
        """:return: the hook of a start, the same in all versions of its journey"""
        journey = node.journey_id
        if not isinstance(journey.id, int) or not node.uid:
            return self.browse()
        # sudo: whoever may see the start sees its address; the secret is another matter
        hooks = self.sudo()
        found = hooks.search([("journey_id", "=", journey.id), ("node_uid", "=", node.uid)])
        return found or hooks.create({"journey_id": journey.id, "node_uid": node.uid})

    def _may_see_secret(self):
        self.ensure_one()
        user = self.env.user
        return user == self.journey_id.user_id or user.has_group(
            "crm_suite_marketing.group_marketing_manager"
        )

    def _get_shown_secret(self):
        self.ensure_one()
        # sudo: who may see it was checked
        return self.sudo().secret if self._may_see_secret() else False

    def action_new_secret(self):
        """Make a new secret. What is signed with the old one is refused."""
        for hook in self:
            if not hook._may_see_secret():
                raise AccessError(
                    self.env._("Only the responsible and marketing managers change the secret.")
                )
            # sudo: who may do it was checked
            hook.sudo().secret = secrets.token_urlsafe(32)

    # ------------------------------------------------------------------
    # Settings of the start
    # ------------------------------------------------------------------

    @api.model
    def _find_problems(self, node):
        """:return: what is wrong with a start that is called, in words"""
        problems, records = [], self.env[node.model_name]
        if node.hook_match == "field" and (
            not node.hook_field_id or node.hook_field_id.model != node.model_name
        ):
            problems.append(self.env._("Choose the field by which calls name who comes in."))
        if node.hook_match == "email" and not self._get_email_field(records):
            problems.append(
                self.env._("Records of this kind have no e-mail address. Find them otherwise.")
            )
        if node.hook_creates and (node.model_name != "res.partner" or node.hook_match != "email"):
            problems.append(self.env._("Only contacts found by their address can be created."))
        try:
            self._read_mapping(node)
        except ValidationError as error:
            problems.append(str(error))
        return problems

    @api.model
    def _get_email_field(self, records):
        """:return: the field with the address of records, as it is searched"""
        for name in ("email_normalized", "email_from", "email"):
            field = records._fields.get(name)
            if field and field.store:
                return name
        return None

    @api.model
    def _read_mapping(self, node):
        """:return: ``{name in the call: name of the field}``"""
        mapping, records = {}, self.env[node.model_name]
        for line in (node.hook_fields or "").splitlines():
            if not line.strip():
                continue
            key, _sign, name = (part.strip() for part in line.partition("="))
            field = records._fields.get(name or key)
            if (
                field is None
                or field.type not in WRITABLE
                or not field.store
                or field.readonly
                or field.groups
                or field.name in NEVER
                or not safe_fields.is_safe(records, field.name)
            ):
                raise ValidationError(
                    self.env._("“%s” is no field that a call can write.", name or key)
                )
            mapping[key] = field.name
        if len(mapping) > MOST_FIELDS:
            raise ValidationError(self.env._("A call writes at most %s fields.", MOST_FIELDS))
        return mapping

    # ------------------------------------------------------------------
    # Calls
    # ------------------------------------------------------------------

    def _count_call(self):
        """:return: whether this minute has room for one more call"""
        self.ensure_one()
        self.flush_recordset()
        # let go of at once: calls come at the same moment
        with self.env["crm.outbox"]._get_sending_cursor() as cr:
            cr.execute(
                SQL(
                    """UPDATE crm_journey_hook
                          SET calls = CASE WHEN minute = %(minute)s THEN calls ELSE 0 END + 1,
                              minute = %(minute)s
                        WHERE id = %(id)s
                    RETURNING calls""",
                    minute=fields.Datetime.now().replace(second=0),
                    id=self.id,
                )
            )
            [calls] = cr.fetchone()
        self.invalidate_recordset(["calls", "minute"])
        return calls <= self.most_calls

    def _get_node(self):
        """:return: the start in the live version; none while nobody comes in"""
        self.ensure_one()
        nodes = self.journey_id.live_version_id.node_ids
        if self.journey_id.state != "running" or not self.journey_id.active:
            return nodes.browse()
        return nodes.filtered(
            lambda node: (
                node.uid == self.node_uid and node.kind == "trigger" and node.trigger == "webhook"
            )
        )

    def _take(self, call_id, body):
        """Note who is to come in.

        :param call_id: number of the call, which counts once
        :param bytes body: JSON
        :return: False when the call was taken before
        :raise BadCallError: when it cannot be understood
        """
        self.ensure_one()
        values = self._read_body(body)
        node = self._get_node()
        event_id = self._note_call(call_id, node)
        if not event_id:
            return False
        if not node:
            return True
        # the rights of the responsible decide whom a call finds and what it writes
        records = node._get_owner_records()
        record = self._find_record(node, records, values)
        if record:
            self._write_fields(node, record, values)
            # the record is known after the call is
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_journey_event SET model = %s, res_id = %s WHERE id = %s",
                    record._name,
                    record.id,
                    event_id,
                )
            )
            self.env["crm.journey.event"]._call("webhook")
        return True

    def _read_body(self, body):
        try:
            values = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadCallError("no JSON") from error
        if not isinstance(values, dict):
            raise BadCallError("no object")
        return values

    def _note_call(self, call_id, node):
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO crm_journey_event (kind, ts, hook_id, event_key, looks_left)
                   VALUES ('webhook', %s, %s, %s, 0)
                       ON CONFLICT (event_key) WHERE event_key IS NOT NULL DO NOTHING
                RETURNING id""",
                fields.Datetime.now(),
                self.id,
                f"hook:{self.id}:{call_id}",
            )
        )
        return rows[0][0] if rows else None

    def _find_record(self, node, records, values):
        """:return: the record that a call names, as far as the responsible may read it"""
        if node.hook_match == "record":
            number = values.get("id")
            if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31:
                raise BadCallError("id")
            return records.search([("id", "=", number)])
        if node.hook_match == "field":
            key = values.get("key")
            if not isinstance(key, str | int) or isinstance(key, bool) or key in ("", 0):
                raise BadCallError("key")
            if isinstance(key, str) and BROKEN.search(key):
                raise BadCallError("key")
            if not node.hook_field_id:
                raise UserError(self.env._("The field of the key was deleted."))
            if node.hook_field_id.ttype == "integer":
                digits = str(key)[:MOST_DIGITS]
                number = int(digits) if digits.isdecimal() and int(digits) < 2**31 else 0
                # 0 is what stands where nobody has filled it in
                domain = [(node.hook_field_id.name, "=", number)] if number else Domain.FALSE
                return records.search(domain, limit=1)
            return records.search(
                [(node.hook_field_id.name, "=", str(key)[:MOST_TEXT])], limit=1, order="id"
            )
        email = email_normalize(values.get("email") or "") if self._is_text(values, "email") else ""
        if not email:
            raise BadCallError("email")
        found = records.search([(self._get_email_field(records), "=", email)], limit=1, order="id")
        if not found and node.hook_creates and records._name == "res.partner":
            name = values.get("name") if self._is_text(values, "name") else ""
            return records.create({"name": (name or email)[:200], "email": email})
        return found

    def _is_text(self, values, name):
        text = values.get(name)
        return isinstance(text, str) and not BROKEN.search(text) and len(text) <= MOST_TEXT

    def _write_fields(self, node, record, values):
        """Write what the start says, as far as it fits: the rest of a call is not looked at."""
        changes = {}
        for key, name in self._read_mapping(node).items():
            if key not in values:
                continue
            try:
                changes[name] = self._convert(record._fields[name], values[key])
            except (TypeError, ValueError, OverflowError) as error:
                raise BadCallError(key) from error
        changes = {name: value for name, value in changes.items() if record[name] != value}
        if changes:
            record.write(changes)

    def _convert(self, field, value):
        if value is None:
            return False
        if field.type == "boolean":
            if not isinstance(value, bool):
                raise TypeError(value)
            return value
        if isinstance(value, bool | dict | list):
            raise TypeError(value)
        if field.type in ("integer", "float"):
            return read_number(field.type, value)
        text = str(value)
        if BROKEN.search(text) or len(text) > MOST_TEXT:
            raise ValueError(text)
        if field.type == "selection" and text not in field.get_values(self.env):
            raise ValueError(text)
        if field.type == "date":
            return fields.Date.to_date(text)
        if field.type == "datetime":
            return fields.Datetime.to_datetime(text)
        return text

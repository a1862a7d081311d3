import json
import logging
import secrets
import time

import certifi
import urllib3

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...lib import webhook as lib
from ..sending.handover import MOST_WORDS, SENT, Fate

_logger = logging.getLogger(__name__)

# Only administrators of the system write parameters
FOR_TESTS = "crm_suite_marketing.webhook_for_tests"
CONNECT_SECONDS, READ_SECONDS = 5, 10
# What may go another time: too early, too many calls, and what the other side calls its own fault
NOT_NOW = {408, 425, 429}
# What is wrong with the address or the key, and so with every message
NOBODY_THERE = {401, 403, 404, 405, 410}


class CrmWebhook(models.Model):
    """Another program that campaigns are handed to: for social networks, messengers and whatever
    else. It is called over HTTPS, signed, and never within our own network.
    """

    _name = "crm.webhook"
    _description = "Webhook"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    url = fields.Char(
        "Address",
        required=True,
        groups="crm_suite_marketing.group_marketing_manager",
        help="https:// only. It must lead to the public internet, not into your own network. "
        "Redirects are not followed.",
    )
    secret = fields.Char(
        required=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(32),
        groups="crm_suite_marketing.group_marketing_manager",
        help="Give it to the other program: with it, it checks that a call is ours.",
    )
    batch_size = fields.Integer(
        "Messages per Call",
        default=1,
        required=True,
        help="The other program gets up to so many recipients with one call.",
    )
    last_answer = fields.Char(readonly=True, copy=False)
    last_called_at = fields.Datetime("Last Called on", readonly=True, copy=False)
    mailing_ids = fields.One2many("mailing.mailing", "webhook_id", "Campaigns")

    _batch_size_valid = models.Constraint(
        "CHECK (batch_size BETWEEN 1 AND 200)", "One call has from 1 to 200 messages."
    )

    @api.constrains("url")
    def _check_url(self):
        for hook in self:
            hook._split_url()

    @api.constrains("secret")
    def _check_secret(self):
        # sudo: whoever changes another field need not read it
        if any(len(hook.secret or "") < 16 for hook in self.sudo()):
            raise ValidationError(self.env._("A secret has at least 16 characters."))

    def copy_data(self, default=None):
        return [
            values | {"name": self.env._("%s (copy)", hook.name)}
            for hook, values in zip(self, super().copy_data(default), strict=True)
        ]

    def action_new_secret(self):
        """Make a new secret. What is signed with the old one does not count any more."""
        self.check_access("write")
        for hook in self:
            hook.secret = secrets.token_urlsafe(32)

    def action_test(self):
        """Call it once, without a recipient, and say what it answered."""
        self.ensure_one()
        self.check_access("write")
        action = self._try({"type": "test"})
        action["params"]["next"] = {"type": "ir.actions.client", "tag": "soft_reload"}
        return action

    def _try(self, payload):
        """Post this once.

        :return: the action that tells what was answered
        """
        # sudo: address and secret, which whoever tries a campaign need not read
        hook = self.sudo()
        try:
            target = hook._find_target()
        except OSError as error:
            raise UserError(
                self.env._("“%(name)s” is not found: %(error)s", name=self.name, error=error)
            ) from error
        fate, _stops = hook._call(target, f"test-{secrets.token_hex(8)}", payload)
        hook.write({"last_answer": fate.detail, "last_called_at": fields.Datetime.now()})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if fate.kind == "sent" else "danger",
                "title": self.name,
                "message": fate.detail,
            },
        }

    # ------------------------------------------------------------------
    # The address
    # ------------------------------------------------------------------

    def _is_for_tests(self):
        # sudo: a setting of the administrator
        return self.env["ir.config_parameter"].sudo().get_param(FOR_TESTS) == "1"

    def _split_url(self):
        self.ensure_one()
        try:
            return lib.split_url(self.url or "", self._is_for_tests())
        except lib.UnsafeAddressError as error:
            words = {
                "scheme": self.env._("The address of a webhook begins with https://."),
                "account": self.env._("The address of a webhook holds no name and no password."),
            }
            raise ValidationError(
                words.get(error.args[0]) or self.env._("“%s” is no address of a webhook.", self.url)
            ) from error

    def _find_target(self):
        """Resolve the name once: the call goes to the address that was looked at, whatever the name
        means a moment later.

        :return: (scheme, host, IP address, port, path)
        :raise UserError: when it leads into a network that is not public
        :raise OSError: when the name cannot be resolved now
        """
        scheme, host, port, path = self._split_url()
        try:
            address = lib.look_up(host, port, self._is_for_tests())
        except UnicodeError as error:
            raise OSError(str(error)) from error
        except lib.UnsafeAddressError as error:
            raise UserError(
                self.env._(
                    "“%s” leads into a network that is not public. It is not called.", self.name
                )
            ) from error
        return scheme, host, address, port, path

    # ------------------------------------------------------------------
    # The call
    # ------------------------------------------------------------------

    def _call(self, target, call_id, payload):
        """Post once. Messages that go again have the same numbers.

        :param target: of `_find_target`
        :param payload: plain values
        :return: `Fate` of what it carries, and whether the address itself is wrong
        """
        self.ensure_one()
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        now = int(time.time())
        headers = {
            "Host": self._get_host_header(target),
            "Content-Type": "application/json",
            "User-Agent": "CRM-Suite",
            lib.ID: call_id,
            lib.TIMESTAMP: str(now),
            # sudo: whoever launches need not read the secret
            lib.SIGNATURE: lib.sign(self.sudo().secret, call_id, now, body),
        }
        try:
            status = self._post(target, headers, body)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            # neither the address nor what was sent
            words = type(getattr(error, "reason", None) or error).__name__
            fate, stops = Fate("lost", "connection", words), False
        else:
            fate, stops = judge(status)
        _logger.info("Webhook %s, call %s: %s", self.id, call_id, fate.detail)
        return fate, stops

    def _make_answer_query(self, words):
        """:return: statement that notes an answer, unless somebody writes the webhook just now"""
        return SQL(
            """UPDATE crm_webhook SET last_answer = %s, last_called_at = %s
                WHERE id IN (SELECT id FROM crm_webhook WHERE id = %s
                                FOR NO KEY UPDATE SKIP LOCKED)""",
            words,
            fields.Datetime.now(),
            self.id,
        )

    @api.model
    def _get_host_header(self, target):
        scheme, host, _address, port, _path = target
        host = f"[{host}]" if ":" in host else host
        return host if port == (443 if scheme == "https" else 80) else f"{host}:{port}"

    @api.model
    def _post(self, target, headers, body):
        """:return: the status; the answer itself is not read"""
        scheme, host, address, port, path = target
        options = {
            "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            "retries": False,
        }
        if scheme == "https":
            pool = urllib3.HTTPSConnectionPool(
                address,
                port,
                server_hostname=host,
                assert_hostname=host,
                cert_reqs="CERT_REQUIRED",
                ca_certs=certifi.where(),
                **options,
            )
        else:
            pool = urllib3.HTTPConnectionPool(address, port, **options)
        with pool:
            response = pool.urlopen(
                "POST", path, body=body, headers=headers, redirect=False, preload_content=False
            )
            try:
                return response.status
            finally:
                response.close()


def judge(status):
    """:return: `Fate` by the status of the answer, and whether no message can go there"""
    words = f"HTTP {status}"[:MOST_WORDS]
    if 200 <= status < 300:
        return Fate(SENT.kind, None, words), False
    if status in NOT_NOW or status >= 500:
        return Fate("refused", "postponed", words), False
    if status in NOBODY_THERE or 300 <= status < 400:
        # it says nothing of these messages: they go when a person has mended it
        return Fate("planned", "postponed", words), True
    return Fate("failed", "declined", words), False

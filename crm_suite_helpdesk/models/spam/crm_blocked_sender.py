import re

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...lib.mail_providers import PUBLIC_DOMAINS
from ..ticket.crm_ticket import EMAIL_LENGTH

ADDRESS = re.compile(r"(?=.{1,%d}$)[^\s@]+@[^\s@]+" % EMAIL_LENGTH)
NAMED = re.compile(r"[^<>]*<([^<>]+)>")
DOMAIN = re.compile(r"(?=.{1,253}$)[^\s@.]+(\.[^\s@.]+)+")


class CrmBlockedSender(models.Model):
    """A mail address, or all addresses of a domain, whose mails are suspended as spam.

    They still become tickets, in a stage of spam: nobody is told of them, nothing is promised,
    nothing is answered, and they are deleted after some time.
    """

    _name = "crm.blocked.sender"
    _description = "Blocked Sender"
    _order = "create_date desc, id desc"
    _rec_name = "sender"

    sender = fields.Char(
        "Address or Domain",
        required=True,
        help="An address (pest@example.org), or a domain (example.org) with all that is below it.",
    )
    is_domain = fields.Boolean("Whole Domain", compute="_compute_is_domain", store=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Leave empty to block the sender in all companies.",
    )
    note = fields.Char("Why")
    ticket_count = fields.Integer(
        "Suspended",
        compute="_compute_ticket_count",
        help="Tickets of this sender that are in a stage of spam now.",
    )

    _unique_sender = models.UniqueIndex(
        "(sender, COALESCE(company_id, 0))", "This sender is blocked already."
    )

    # ------------------------------------------------------------------ compute

    @api.depends("sender")
    def _compute_is_domain(self):
        for blocked in self:
            blocked.is_domain = "@" not in (blocked.sender or "")

    def _compute_ticket_count(self):
        Ticket = self.env["crm.ticket"].with_context(active_test=False)
        query = Ticket._search([("stage_type", "=", "spam"), ("email_normalized", "!=", False)])
        keys = [SQL("crm_ticket.email_normalized"), SQL("crm_ticket.company_id")]
        query.groupby = SQL(", ").join(keys)
        counts = dict.fromkeys(self.ids, 0)
        by_key = {(blocked.sender, blocked.company_id.id): blocked.id for blocked in self}
        rows = self.env.execute_query(query.select(*keys, SQL("COUNT(*)"))) if self.ids else ()
        for email, company_id, count in rows:
            for candidate in self._get_candidates(email):
                for owner in (company_id, False):
                    if blocked_id := by_key.get((candidate, owner)):
                        counts[blocked_id] += count
        for blocked in self:
            blocked.ticket_count = counts.get(blocked.id, 0)

    @api.constrains("sender")
    def _check_sender(self):
        domains = [blocked.sender.rpartition("@")[2] for blocked in self]
        # sudo: names of mail domains are no secret, and administrators own their records
        own_domains = self.env["mail.alias.domain"].sudo().search([("name", "in", domains)])
        own = set(own_domains.mapped("name"))
        for blocked, domain in zip(self, domains, strict=True):
            is_address = blocked.is_domain or ADDRESS.fullmatch(blocked.sender)
            if not is_address or not DOMAIN.fullmatch(domain):
                raise ValidationError(
                    self.env._(
                        "“%s” is neither an address nor a domain. Examples: pest@example.org, "
                        "example.org",
                        blocked.sender,
                    )
                )
            if blocked.is_domain and domain in PUBLIC_DOMAINS:
                raise ValidationError(
                    self.env._(
                        "%s is used by people of all kinds. Block single addresses of it.", domain
                    )
                )
            if domain in own:
                raise ValidationError(
                    self.env._("%s is our own mail domain: it cannot be blocked.", domain)
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        blocked = super().create([self._clean(vals) for vals in vals_list])
        self.env.registry.clear_cache()
        return blocked

    def write(self, vals):
        res = super().write(self._clean(vals))
        self.env.registry.clear_cache()
        return res

    def unlink(self):
        res = super().unlink()
        self.env.registry.clear_cache()
        return res

    @api.model
    def _clean(self, vals):
        if not vals.get("sender"):
            return vals
        text = vals["sender"].replace("\x00", "").strip().lower()
        if named := NAMED.fullmatch(text):
            text = named[1]
        return {**vals, "sender": text.lstrip("@*.")}

    # ------------------------------------------------------------------ actions

    def action_view_tickets(self):
        """The tickets of these senders that are suspended."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action_spam"
        )
        operator, value = ("=", self.sender)
        if self.is_domain:
            operator, value = ("=like", f"%{_escape_like(self.sender)}")
        action["domain"] = [("stage_type", "=", "spam"), ("email_normalized", operator, value)]
        return action

    # ------------------------------------------------------------------ business

    @api.model
    def _is_blocked(self, email_normalized, company) -> bool:
        """Whether mails of this address are spam for a company.

        Costs no query as long as nobody is blocked, else one.

        :param email_normalized: as `email_normalize` returns it; may be False
        :param company: `res.company`
        """
        return bool(self._find_blocks(email_normalized, company))

    @api.model
    def _find_blocks(self, email_normalized, company):
        """What blocks an address in a company: itself, its domain, or one above that."""
        # sudo: the gateway asks, in the name of whoever wrote the mail
        Blocked = self.sudo()
        if not email_normalized or not self._has_any():
            return Blocked.browse()
        return Blocked.search(
            [
                ("sender", "in", self._get_candidates(email_normalized)),
                ("company_id", "in", [False, company.id]),
            ]
        )

    @api.model
    def _filter_blocked(self, senders):
        """Which of many addresses are blocked, by one query.

        :param senders: pairs of a normalized address and the id of a company
        :return: those of them that are, as a set
        """
        candidates = {pair: self._get_candidates(pair[0]) for pair in senders if pair[0]}
        if not candidates or not self._has_any():
            return set()
        # sudo: as above
        blocks = self.sudo().search([("sender", "in", list(set().union(*candidates.values())))])
        known = {(block.sender, block.company_id.id) for block in blocks}
        return {
            (email, company_id)
            for (email, company_id), names in candidates.items()
            if any({(name, company_id), (name, False)} & known for name in names)
        }

    @api.model
    def _block(self, emails, company, whole_domain=False, note=False):
        """Block senders; those that are blocked already stay so.

        :param emails: normalized addresses
        :return: what is blocked now because of this call
        """
        self.browse().check_access("create")
        senders = {email.rpartition("@")[2] if whole_domain else email for email in emails}
        known = self.search(
            [("sender", "in", list(senders)), ("company_id", "in", [False, company.id])]
        )
        return self.create(
            [
                {"sender": sender, "company_id": company.id, "note": note}
                for sender in sorted(senders - set(known.mapped("sender")))
            ]
        )

    @api.model
    def _check_may_block(self, emails):
        """Nobody silences a colleague: he would write, and nobody would hear of it."""
        # sudo: agents may not read all users
        users = self.env["res.users"].sudo()
        colleagues = users.search(
            [("share", "=", False), ("partner_id.email_normalized", "in", list(emails))], limit=1
        )
        if colleagues:
            raise UserError(
                self.env._("%s is a colleague and cannot be blocked.", colleagues.display_name)
            )

    @api.model
    @tools.ormcache()
    def _has_any(self):
        # sudo: the same for everybody
        return bool(self.sudo().search_count([], limit=1))

    @api.model
    def _get_candidates(self, email):
        """What could block an address: itself, its domain, and the domains above."""
        domain = email.rpartition("@")[2]
        labels = domain.split(".")
        return [email, *(".".join(labels[n:]) for n in range(len(labels) - 1))]


def _escape_like(text):
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

from markupsafe import Markup, escape

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, format_datetime

from ...lib import placeholders

# More are not offered at once
REPLY_LIMIT = 200


class CrmTicket(models.Model):
    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    # ------------------------------------------------------------------ canned replies

    def get_canned_replies(self):
        """The canned replies that can be used on this ticket, what fits best first.

        :return: [{id, source, text (filled in for this ticket), missing: [label], fits (name of the
            category or empty), uses}]
        """
        self.ensure_one()
        self.check_access("read")
        replies = self.env["mail.canned.response"].search(
            ["|", ("ticket_team_ids", "=", False), ("ticket_team_ids", "in", self.team_id.ids)]
        )
        values, labels = self._get_placeholder_values(), self._get_placeholder_labels()
        ranks = self._rank_canned_replies(replies)
        rows = []
        for reply in replies.sorted(lambda r: (*ranks[r], r.source or ""))[:REPLY_LIMIT]:
            text, missing = placeholders.fill(reply.substitution or "", values)
            fits = reply.ticket_category_ids & self._get_category_line()
            rows.append(
                {
                    "id": reply.id,
                    "source": reply.source,
                    "text": text,
                    "missing": [labels.get(name, name) for name in missing],
                    "fits": fits[:1].name or "",
                    "uses": reply.ticket_use_count,
                }
            )
        return rows

    def _get_category_line(self):
        """The category of the ticket with those above it."""
        path = self.category_id.parent_path or ""
        return self.env["crm.ticket.category"].browse(int(key) for key in path.split("/") if key)

    def _rank_canned_replies(self, replies):
        """First what fits the ticket, then what is in its language, then what is used most."""
        line, lang = self._get_category_line(), self.partner_id.lang
        return {
            reply: (
                not reply.ticket_category_ids & line,
                bool(reply.ticket_category_ids),
                bool(reply.ticket_lang) and reply.ticket_lang != lang,
                not reply.ticket_team_ids,
                -reply.ticket_use_count,
            )
            for reply in replies
        }

    def fill_canned_reply(self, reply_id):
        """The text of one canned reply for this ticket; empty when the reader may not use it."""
        self.ensure_one()
        self.check_access("read")
        reply = self.env["mail.canned.response"].search([("id", "=", reply_id)])
        return self._fill_placeholders(reply.substitution or "")[0]

    def _count_canned_replies(self, reply_ids):
        """Keep that canned replies were sent on this ticket.

        :param reply_ids: what a client says; only what the user may read counts
        """
        self.ensure_one()
        if self.env.user.share or not isinstance(reply_ids, list | tuple):
            return
        ids = {id_ for id_ in reply_ids if type(id_) is int and 0 < id_ < 2**31}
        if not ids:
            return
        # the texts of the user, also when the message is posted as superuser
        replies = self.env["mail.canned.response"].with_user(self.env.user)
        replies = replies.search([("id", "in", list(ids)[:REPLY_LIMIT])])
        # sudo: facts that are made here alone
        self.env["crm.ticket.reply.use"].sudo().create(
            [
                {
                    **self._prepare_use_values(),
                    "kind": "canned",
                    "name": reply.source,
                    "canned_id": reply.id,
                    "has_reply": True,
                }
                for reply in replies
            ]
        )

    def _prepare_use_values(self):
        return {
            "ticket_id": self.id,
            "team_id": self.team_id.id,
            "category_id": self.category_id.id,
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
        }

    # ------------------------------------------------------------------ macros

    def get_macros(self):
        """The macros that can be used on this ticket, with what each would do.

        :return: [{id, name, description, reply (HTML or empty), is_note, changes: [{field, value}],
            problems: [str]}]
        """
        self.ensure_one()
        self.check_access("read")
        rows = []
        for macro in self.env["crm.ticket.macro"]._get_for(self):
            changes, _problems = macro._prepare_changes(self)
            rows.append(
                {
                    "id": macro.id,
                    "name": macro.name,
                    "description": macro.description or "",
                    "reply": str(macro._prepare_reply(self)[0]),
                    "is_note": macro.is_note,
                    "changes": macro._describe_changes(self, changes),
                    "problems": macro._find_problems(self),
                }
            )
        return rows

    def _snapshot(self, names):
        """The values of some fields, as they can be kept and compared."""
        self.ensure_one()
        return {
            name: self[name]
            if name == "priority"
            else sorted(self[name].ids)
            if name == "tag_ids"
            else self[name].id
            for name in names
        }

    # ------------------------------------------------------------------ placeholders

    @api.model
    def get_placeholders(self):
        """What prepared texts can name: [{name, label}]."""
        return [
            {"name": name, "label": label} for name, label in self._get_placeholder_labels().items()
        ]

    @api.model
    def _get_placeholder_labels(self):
        return {
            "customer": self.env._("Name of the customer"),
            "customer_company": self.env._("Company of the customer"),
            "number": self.env._("Number of the ticket"),
            "subject": self.env._("Subject of the ticket"),
            "category": self.env._("Category"),
            "stage": self.env._("Stage"),
            "team": self.env._("Team"),
            "agent": self.env._("Name of the agent who writes"),
            "opened": self.env._("Day on which the ticket was opened"),
            "deadline": self.env._("Next deadline of the service level"),
            "product": self.env._("Product"),
            "order": self.env._("Order"),
            "our_company": self.env._("Our company"),
            "link": self.env._("Address of the ticket in the portal"),
        }

    def _get_placeholder_values(self):
        """What each name stands for on this ticket, in the language of its customer."""
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        zone = self.partner_id.tz or self.env.user.tz
        # sudo: names that whoever reads the ticket sees on it, whatever else he may read
        ticket = self.sudo().with_context(lang=lang, tz=zone)
        env, partner = ticket.env, ticket.partner_id
        company = partner.commercial_partner_id
        deadline = ticket.sla_deadline
        may_order = self._has_field_access(self._fields["sale_order_id"], "read")
        return {
            "customer": partner.name or "",
            "customer_company": company.name or "" if company.is_company else "",
            "number": ticket.number or "",
            "subject": ticket.name or "",
            "category": ticket.category_id.name or "",
            "stage": ticket.stage_id.name or "",
            "team": ticket.team_id.name or "",
            "agent": self.env.user.name,
            "opened": format_date(env, ticket.opened_at),
            "deadline": format_datetime(env, deadline, dt_format="short") if deadline else "",
            "product": ticket.product_id.display_name or "",
            "order": ticket.sale_order_id.name or "" if may_order else "",
            "our_company": ticket.company_id.name or "",
            "link": f"{ticket.get_base_url()}/my/tickets/{ticket.id}" if ticket.id else "",
        }

    def _fill_placeholders(self, text):
        """A prepared text with the values of this ticket.

        :param text: plain text, or HTML as Markup, into which values are escaped
        :return: the text of the same kind, and the names that have no value here
        """
        self.ensure_one()
        write = escape if isinstance(text, Markup) else str
        filled, missing = placeholders.fill(str(text), self._get_placeholder_values(), write)
        return (Markup(filled) if isinstance(text, Markup) else filled), missing  # nosec

    @api.model
    def _check_placeholders(self, text):
        known = self._get_placeholder_labels()
        if unknown := placeholders.find_unknown(str(text), known):
            raise ValidationError(
                self.env._(
                    "Nobody knows what %(names)s stands for. You can use: %(known)s",
                    names=", ".join("{{%s}}" % name for name in unknown),
                    known=", ".join("{{%s}}" % name for name in known),
                )
            )

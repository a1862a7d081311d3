from odoo import models
from odoo.fields import Domain
from odoo.tools import email_normalize

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

# More people than that are an announcement, no conversation
MOST_PARTICIPANTS = 20
MOST_COLLEAGUES = 50


class CrmTicket(models.Model):
    """Who on the side of the customer takes part in a ticket, and what they decide.

    Participants follow the ticket: they are sent the answers, see it on the portal and may write.
    A customer adds colleagues only; agents may add anybody, as a follower.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    # ------------------------------------------------------------------ participants

    def _get_participants(self):
        """The people outside of our company who take part, besides the customer himself."""
        self.ensure_one()
        # sudo: who takes part is no secret of those who do
        ticket = self.sudo()
        return ticket.message_partner_ids.filtered(
            lambda p: p.partner_share and p != ticket.partner_id
        )

    def _is_colleague(self, partner):
        """Whether a contact belongs to the organisation that asked."""
        self.ensure_one()
        # sudo: the visitor of a link may read no contacts
        ticket, partner = self.sudo(), partner.sudo()
        organisation = ticket.commercial_partner_id
        return bool(organisation) and partner.commercial_partner_id == organisation

    def _may_decide_for_customer(self, partner):
        """Whether a contact may close the ticket and say who takes part."""
        self.ensure_one()
        # sudo: as above
        ticket, partner = self.sudo(), partner.sudo()
        if not partner:
            return False
        return partner == ticket.partner_id or (
            partner.ticket_access == "manager"
            and not ticket.team_id.portal_private
            and ticket._is_colleague(partner)
        )

    def _get_colleague_domain(self):
        """Contacts of the organisation that may be asked to take part."""
        self.ensure_one()
        # sudo: as above
        ticket = self.sudo()
        return (
            Domain("commercial_partner_id", "=", ticket.commercial_partner_id.id)
            & Domain("type", "=", "contact")
            & Domain("is_company", "=", False)
            & Domain("email_normalized", "!=", False)
            & Domain("partner_share", "=", True)
            & Domain("id", "not in", (ticket.partner_id | ticket.message_partner_ids).ids)
        )

    def _get_colleagues(self):
        """Some colleagues of the customer to choose from; others are named by their address."""
        # sudo: people of the reader's own organisation
        Partner = self.env["res.partner"].sudo()
        if not self.sudo().commercial_partner_id:
            return Partner.browse()
        return Partner.search(self._get_colleague_domain(), limit=MOST_COLLEAGUES, order="name, id")

    def _add_participant(self, address, by):
        """Let a colleague of the customer take part.

        :param address: e-mail address of somebody of the same organisation; nobody is created
        :param by: contact who asks for it, and may
        :return: the contact; empty when the organisation has nobody with this address, or too many
            take part already
        """
        self.ensure_one()
        # sudo: portal users may not read contacts; only their colleagues are found here
        ticket = self.sudo()
        Partner = ticket.env["res.partner"]
        normalized = email_normalize(address)
        if (
            not normalized
            or not ticket.commercial_partner_id
            or len(ticket._get_participants()) >= MOST_PARTICIPANTS
        ):
            return Partner.browse()
        wanted = Domain("email_normalized", "=", normalized)
        found = Partner.search(ticket._get_colleague_domain() & wanted, limit=1)
        if not found or found.is_blacklisted:
            return Partner.browse()
        ticket.message_subscribe(found.ids)
        ticket._message_log(
            body=ticket.env._("%s takes part from now on.", found.name), author_id=by.id
        )
        ticket._invite_participant(found, by)
        return found

    def _invite_participant(self, partner, by):
        """Tell somebody that he takes part now; once, however often he comes and goes."""
        told = self.env["mail.message"].search_count(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", partner.ids),
            ],
            limit=1,
        )
        if told:
            return
        ticket = self.with_context(lang=partner.lang or self.env.lang)
        ticket.message_notify(
            partner_ids=partner.ids,
            author_id=by.id,
            subject=ticket.display_name,
            body=ticket.env._(
                "%(name)s asks you to take part in this request. You are sent the answers, and "
                "you can write, too.",
                name=by.name,
            ),
            mail_auto_delete=True,
        )

    def _remove_participant(self, partner, by):
        """Let somebody of the customer's organisation take part no more."""
        self.ensure_one()
        ticket = self.sudo()  # `by` may; followers are no field that he writes
        partner = ticket._get_participants() & partner.sudo()
        if not partner or not (partner == by or ticket._is_colleague(partner)):
            return False
        ticket.message_unsubscribe(partner.ids)
        ticket._message_log(
            body=ticket.env._("%s takes part no more.", partner.name), author_id=by.id
        )
        return True

    def message_unsubscribe(self, partner_ids=None):
        # sudo: who takes part is no secret of those who may change it
        gone = self.sudo().filtered(
            lambda t: t._get_participants().filtered(lambda p: p.id in (partner_ids or ()))
        )
        res = super().message_unsubscribe(partner_ids)
        # What he kept of the ticket shows it no more; links that name the customer lead on
        gone._rotate_tokens(keeps_named=True)
        return res

    def _message_post_after_hook(self, message, msg_values):
        res = super()._message_post_after_hook(message, msg_values)
        user = self.env.user
        if user._is_portal() and message.author_id == user.partner_id:
            # sudo: who writes on the ticket of a colleague takes part, else he would not be sent
            # the answer
            ticket = self.sudo()
            author = user.partner_id
            if (
                ticket._is_public_message(message.sudo())
                and author not in ticket.message_partner_ids
                and ticket._is_colleague(author)
            ):
                ticket.message_subscribe(author.ids)
        return res

    # ------------------------------------------------------------------ decisions of the customer

    def _may_be_closed_by_customer(self):
        self.ensure_one()
        # sudo: the team decides, whoever asks
        ticket = self.sudo()
        return (
            not ticket.closed_at
            and not ticket.merged_into_id
            and (not ticket.team_id or ticket.team_id.portal_close)
            and bool(ticket._get_customer_closing_stage())
        )

    def _get_customer_closing_stage(self):
        """The stage of the team in which a ticket is that its customer calls settled."""
        Stage = self.env["crm.ticket.stage"].sudo()
        stages = Stage._get_team_stages(self.sudo().team_id, ["solved", "closed"])
        return stages.sorted(lambda s: s.type != "solved")[:1]

    def _close_for_customer(self, partner, body=None):
        """The customer says that his request is settled.

        :param partner: who says so
        :param body: what he writes with it, as Markup
        """
        self.ensure_one()
        # sudo: portal users may not write tickets; what they may change is here
        ticket = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        if body:
            ticket._post_for_customer(partner, body)
        ticket.stage_id = ticket._get_customer_closing_stage()
        ticket._message_log(
            body=ticket.env._("%s closed the ticket on the portal.", partner.name),
            author_id=partner.id,
        )

    def _reopen_for_customer(self, partner, body, attachments=()):
        """The customer says that a closed ticket is not settled.

        :param partner: who says so
        :param body: what he writes, as Markup
        :param attachments: (name, content as bytes)
        :return: the ticket in which it goes on: this one, or one that follows it
        """
        self.ensure_one()
        # sudo: as for closing
        ticket = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        message = ticket._post_for_customer(partner, body, attachments)
        goes_on = ticket.browse(message.res_id)
        if goes_on == ticket and ticket.stage_type == "cancelled":
            ticket._reopen()
        return goes_on

    def _post_for_customer(self, partner, body, attachments=()):
        return self.message_post(
            body=body,
            author_id=partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=list(attachments),
        )

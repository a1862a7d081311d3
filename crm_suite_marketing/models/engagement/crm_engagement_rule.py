from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

from ...lib import engagement as lib

JUDGED = ("bounce_hard", "bounce_soft", "complaint")


class CrmEngagementRule(models.AbstractModel):
    """What bounces and complaints of mails lead to. What happened on another channel, such as no
    account at a messenger, says nothing of the person's mailbox.

    An address that does not exist goes to the blacklist of Odoo, with the evidence beside it,
    where a person can take it off again. A complaint is a refusal, in the ledger of consent.
    """

    _name = "crm.engagement.rule"
    _description = "Rule of Bounces and Complaints"

    @api.model
    def _apply(self, events):
        """:param events: new ones"""
        for event in events:
            if event.kind not in JUDGED:
                continue
            if not self._is_of_mail(event):
                # a refusal, but not of all e-mail
                if event.kind == "complaint" and event.mailing_id.purpose_id:
                    self._refuse(event, event.mailing_id.purpose_id)
                continue
            if event.kind == "bounce_hard":
                facts = event.evidence or {}
                said = " ".join(filter(None, [facts.get("status"), facts.get("text")]))
                reason = self.env._("Bounced for good: %s", said or self.env._("no code"))
                self._blacklist(event, reason)
            elif event.kind == "bounce_soft":
                self._weigh_soft_bounces(event)
            elif event.kind == "complaint":
                self._refuse(event)

    def _is_of_mail(self, event):
        return (event.outbox_id.channel or event.trace_id.trace_type) == "mail"

    def _weigh_soft_bounces(self, event):
        company = event.company_id or event._get_main_company()
        if not event.identity_key:
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT event.kind, event.ts
                     FROM crm_engagement AS event
                LEFT JOIN crm_outbox AS outbox ON outbox.id = event.outbox_id
                    WHERE event.identity_key = %s
                      AND COALESCE(outbox.channel, 'mail') = 'mail'
                      AND (event.kind = 'bounce_soft' AND event.actor_reason <> 'adopted'
                           OR event.kind = ANY(%s) AND event.actor <> 'bot')
                 ORDER BY event.ts DESC LIMIT 1000""",
                event.identity_key,
                list(lib.SIGNS_OF_LIFE),
            )
        )
        bounces = [date for kind, date in rows if kind == "bounce_soft"]
        last_sign = max((date for kind, date in rows if kind != "bounce_soft"), default=None)
        limit, weeks = company.soft_bounce_limit, company.soft_bounce_weeks
        if lib.is_worn_out(bounces, last_sign, fields.Datetime.now(), limit, weeks):
            days = sorted({fields.Date.to_string(date) for date in bounces})[-limit:]
            self._blacklist(
                event, self.env._("Bounced for now again and again: %s", ", ".join(days))
            )

    def _blacklist(self, event, reason):
        address = self._get_address(event)
        if not address:
            return
        # sudo: the server of the recipient decides, nobody of us
        Blacklist = self.env["mail.blacklist"].sudo()
        if not Blacklist.search_count([("email", "=", address)], limit=1):
            mailing = event.mailing_id.display_name or ""
            Blacklist._add(address, message=f"{reason} ({mailing})" if mailing else reason)

    def _refuse(self, event, purpose=None):
        """:param purpose: what is refused; None: everything"""
        address = self._get_address(event)
        identity = self.env["crm.consent"]._normalize(address, "email")
        if identity:
            reason = self.env._("Reported “%s” as spam", event.mailing_id.display_name or "")
            teller = (event.evidence or {}).get("told_by")
            # sudo: what the person said by his provider; nobody of us
            self.env["crm.consent"].sudo()._withdraw(
                identity,
                "email",
                purpose,
                source="complaint",
                reason=f"{reason} ({teller})" if teller else reason,
                mailing_id=event.mailing_id.id,
            )

    def _get_address(self, event):
        """Return the address that the message went to: never one that a report names."""
        delivery = event.outbox_id
        found = delivery.address or delivery.identity or event.trace_id.email or ""
        return email_normalize(found, strict=False) or None

from collections import defaultdict

from odoo import api, fields, models

from .reminder_run import ReminderRun


class CrmPaymentReminderPreparing(models.AbstractModel):
    """Keeps the reminders to check up to date with what customers owe."""

    _name = "crm.payment.reminder.preparing"
    _description = "Preparing of Payment Reminders"

    @api.model
    def _prepare_reminders(self, partners=None, companies=None):
        """Bring the reminders to check up to date: one for each customer whom a level concerns.

        :param partners: ``res.partner``; None: all customers that the user reaches
        :param companies: default: those in which the user works now
        :return: ``crm.payment.reminder``, those to check of these customers
        """
        if not self.env.su:
            self.browse().check_access("write")
        companies = companies or self.env.companies
        domain = self.env["res.partner"]._get_collection_domain()
        if partners is not None or not domain.is_true():
            if partners is not None:
                domain &= fields.Domain("id", "in", partners.commercial_partner_id.ids)
            partners = self.env["res.partner"].with_context(active_test=False).search(domain)
        # sudo: the invoices of the customers that the user reaches, whoever wrote them
        engine = self.sudo().with_context(active_test=False)
        return engine._refresh_drafts(companies.sudo(), partners).with_env(self.env)

    def _refresh_drafts(self, companies, partners):
        # Two runs at once meet here: the second waits, fails to serialise, and is repeated
        companies.write({"reminders_prepared_at": fields.Datetime.now()})
        companies.flush_recordset(["reminders_prepared_at"])
        domain = [("company_id", "in", companies.ids), ("state", "=", "draft")]
        if partners is not None:
            domain.append(("partner_id.commercial_partner_id", "in", partners.ids))
        drafts = defaultdict(self.browse)
        for draft in self.search(domain):
            drafts[draft.company_id.id, draft.partner_id.commercial_partner_id.id] |= draft
        cases = ReminderRun(self.env, companies, partners).decide()
        created, kept = [], self.browse()
        for case in cases:
            existing = drafts.pop(case.key, self.browse())
            if existing:
                existing[1:].write({"state": "cancelled"})  # of contacts that were merged
                existing[:1]._update_from(case)
                kept |= existing[:1]
            else:
                created.append(self._prepare_reminder_values(case))
        obsolete = self.browse().concat(*drafts.values())
        obsolete.with_context(tracking_disable=True).write({"state": "cancelled"})
        return kept | self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        ).create(created)

    def _prepare_reminder_values(self, case):
        return {
            "company_id": case.company_id,
            "recipient_id": case.recipient_id,
            **self._prepare_fact_values(case),
            **self._prepare_level_values(case),
            "line_ids": [fields.Command.create(item.prepare_values()) for item in case.items],
        }

    def _prepare_fact_values(self, case):
        return {
            "partner_id": case.partner_id,
            "user_id": case.user_id,
            "amount": case.owed,
            "days_overdue": case.days,
            "numbers": ", ".join(item.number or "" for item in case.reminded),
            "invoice_count": len(case.reminded),
            "hold_kind": case.hold_kind,
            "reminded_on": case.reminded_on,
            "next_on": case.next_on,
        }

    def _prepare_level_values(self, case):
        level = self.env["crm.payment.reminder.level"].browse(case.step.id if case.step else False)
        return {
            "level_id": level.id,
            "send_mail": case.send_mail,
            "send_sms": level.send_sms and level.is_sms_installed,
            "create_activity": level.create_activity,
            "print_letter": level.print_letter,
            "attach_invoices": level.attach_invoices,
            "attach_statement": level.attach_statement,
            "edited_subject": False,
            "edited_body": False,
            "is_body_edited": False,
        }

    def _update_from(self, case):
        """Bring the facts up to date, and keep what a person decided as long as the level stays."""
        self.ensure_one()
        values = self._prepare_fact_values(case)
        if self.level_id.id != (case.step.id if case.step else False):
            values |= self._prepare_level_values(case)
        if self.recipient_id.commercial_partner_id.id != case.partner_id or (
            not self.recipient_id.email_normalized
        ):
            values |= {"recipient_id": case.recipient_id, "send_mail": case.send_mail}
        changed = {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }
        if changed:
            self.write(changed)
        if not self._has_facts_of(case):
            lines = [fields.Command.create(item.prepare_values()) for item in case.items]
            self.write({"line_ids": [fields.Command.clear(), *lines]})

    def _has_facts_of(self, case):
        """Return whether the invoices are still those of the reminder, owed as they were."""
        return {
            (line.move_id.id, line.level_id.id, line.is_held, line.currency_id.round(line.residual))
            for line in self.line_ids
        } == {
            (
                item.move_id,
                item.step.id if item.step and not item.is_held else False,
                item.is_held,
                self.env["res.currency"].browse(item.currency_id).round(item.residual),
            )
            for item in case.items
        }

    def _decide(self):
        """Return the case of this one reminder as it is now, or None if nothing is overdue."""
        self.ensure_one()
        partner = self.partner_id.commercial_partner_id
        return next(iter(ReminderRun(self.env, self.company_id, partner, self).decide()), None)

    @api.model
    def _follow_holds(self, moves):
        """Show at once on the reminders to check what holds these invoices, or holds no longer.

        :param moves: ``account.move`` that were promised or disputed, or are so no more
        """
        # sudo: the facts of the engine; whoever holds an invoice reaches its customer
        drafts = self.sudo().search(
            [("state", "=", "draft"), ("line_ids.move_id", "in", moves.ids)]
        )
        for draft in drafts:
            if case := draft._decide():
                draft._update_from(case)
            else:
                draft.state = "cancelled"

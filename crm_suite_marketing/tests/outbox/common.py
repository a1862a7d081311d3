from odoo.tools import SQL

from ..consent.common import ConsentCommon


class OutboxCommon(ConsentCommon):
    """The scene of marketing, with mailings that our engine sends, and a hand for the workers."""

    @classmethod
    def _create_mailing(cls, user=None, **values):
        return super()._create_mailing(user, **{"delivery_engine": "suite", **values})

    @classmethod
    def _create_mailing_to(cls, records, user=None, **values):
        return cls._create_mailing(
            user,
            segment_id=False,
            mailing_model_id=cls.env["ir.model"]._get_id(records._name),
            mailing_domain=repr([("id", "in", records.ids)]),
            **values,
        )

    def _launch(self, mailings):
        """Launch as a person does, and let core's queue do what it does; no worker runs."""
        mailings.action_launch()
        self._run_core_queue()

    def _run_core_queue(self):
        with self.enter_registry_test_mode():
            self.env.ref("mass_mailing.ir_cron_mass_mailing_queue").sudo().method_direct_trigger()

    def _run_workers(self):
        """:return: sorted addresses that were written to"""
        with self.mock_mail_gateway():
            self.env["crm.outbox"]._cron_send()
        return sorted(mail["email_to"][0].rpartition("<")[2].rstrip(">") for mail in self._mails)

    def _rows(self, mailing, state=None):
        domain = [("mailing_id", "=", mailing.id)]
        if state:
            domain.append(("state", "=", state))
        return self.env["crm.outbox"].search(domain, order="id")

    def _results(self, mailing):
        """:return: ``{name of the record: state, or the reason}``"""
        return {row.record_name: row.reason or row.state for row in self._rows(mailing)}

    def _set_state(self, rows, state, **values):
        """What the workers do to rows."""
        self.env.flush_all()
        for name, value in {"state": state, **values}.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_outbox SET %s = %s WHERE id = ANY(%s)",
                    SQL.identifier(name),
                    value,
                    rows.ids,
                )
            )
        self.env.invalidate_all()

    def _assert_reconciles(self, mailing):
        counted = sum(mailing.delivery_summary_ids.mapped("count"))
        self.assertEqual(counted, mailing.targeted_count)
        self.assertEqual(counted, len(self._rows(mailing)))
        self.assertEqual(mailing.expected, counted)
        for line in mailing.delivery_summary_ids:
            action = line.action_view_rows()
            self.assertEqual(self.env["crm.outbox"].search_count(action["domain"]), line.count)

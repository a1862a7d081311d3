from unittest.mock import patch

from freezegun import freeze_time

from ..lifecycle.common import LifecycleCase


class OccasionCase(LifecycleCase):
    """Only the rules of the test act, and only on its customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Occasion = cls.env["crm.occasion"]
        cls.Rules = cls.env["crm.occasion.rule"]
        cls.Rules.search([]).active = False
        cls.env.cr.execute("UPDATE res_partner SET birthdate = NULL")
        cls.env.cr.execute("UPDATE crm_customer_metric SET expected_order_date = NULL")
        cls.env.cr.execute("DELETE FROM crm_occasion")
        cls.env.invalidate_all()
        cls.haddad.user_id = cls.omar
        cls.kind = cls.env.ref("crm_suite.mail_activity_type_birthday")

    @classmethod
    def _rule(cls, kind, **values):
        rule = cls.Rules.create(
            {
                "name": kind,
                "kind": kind,
                "activity_type_id": cls.kind.id,
                "cooldown_days": 0,
                **values,
            }
        )
        rule.sudo().since = values.get("since", "2020-01-01")
        return rule

    @classmethod
    def _run(cls, at=None):
        cron = cls.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: float("inf")):
            if at:
                with freeze_time(at):
                    cls.Rules._cron_run()
            else:
                cls.Rules._cron_run()
        cls.env.invalidate_all()

    @classmethod
    def _cells(cls, partner, old, new):
        cls.env["crm.customer.metric"]._on_cells_changed(
            [(partner.id, cls.env.company.id, old, new)]
        )
        cls._run()

    @classmethod
    def _told(cls, partner):
        return cls.Occasion.search([("partner_id", "=", partner.id)])

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields

from ..common import CrmSuiteCase


class LifecycleCase(CrmSuiteCase):
    """Only the rules of the test run: what else the database holds does not matter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in (
            *("subscriber", "lead", "qualified", "opportunity", "customer"),
            *("repeat", "advocate", "at_risk", "lost"),
        ):
            setattr(cls, name, cls.env.ref(f"crm_suite.lifecycle_stage_{name}"))
        # makes rules that are for all companies
        cls.mona.company_ids = cls.env["res.company"].search([])
        cls.Rule = cls.env["crm.lifecycle.rule"]
        cls.Move = cls.env["crm.lifecycle.move"]
        # what the demo data and others have left does not move in these tests
        cls.env.cr.execute("UPDATE res_partner SET lifecycle_hold_until = '9999-01-01'")
        cls.env.cr.execute(
            "UPDATE res_partner SET lifecycle_hold_until = NULL, lifecycle_stage_id = NULL"
            " WHERE id = ANY(%s)",
            [[cls.haddad.id, cls.layla.id]],
        )
        cls.env.invalidate_all()

    @classmethod
    def _customer(cls, name="Najd Schools", **values):
        return cls.env["res.partner"].create({"name": name, "is_company": True, **values})

    @classmethod
    def _order(cls, partner, days=0, confirm=True, user=None, **values):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": (user or cls.omar).id,
                "team_id": cls.north.id,
                "order_line": [(0, 0, {"product_id": cls.desk.id, "product_uom_qty": 1})],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
            order.date_order = datetime.now() - timedelta(days=days)
        return order

    @classmethod
    def _metric(cls, partner, **values):
        """A row of figures, as the nightly pass writes it."""
        columns = {"partner_id": partner.id, "company_id": cls.env.company.id, **values}
        cls.env.cr.execute("DELETE FROM crm_customer_metric WHERE partner_id = %s", [partner.id])
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        cls.env.cr.execute(
            f"INSERT INTO crm_customer_metric ({names}) VALUES ({marks})", list(columns.values())
        )
        cls.env.invalidate_all()

    @classmethod
    def _run(cls):
        cron = cls.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: float("inf")):
            cls.Rule._cron_run()
        cls.env.invalidate_all()

    @classmethod
    def _day(cls, days):
        return fields.Date.today() - timedelta(days=days)

    @classmethod
    def _last(cls, partner):
        cls.env["res.partner"].invalidate_model(["lifecycle_move_ids"])
        return partner.lifecycle_move_ids[0]

from odoo.tests import Form

from ..common import HelpdeskCommon

STEPS = {
    "team": ("company_id", "team_id", "name", "alias_name", "user_id", "member_ids"),
    "holidays": ("country_id", "holiday_ids"),
    "promises": ("promises_response", "promises_resolution", "promise_ids"),
}


class SetupCommon(HelpdeskCommon):
    """The set-up of a desk as a manager of a Saudi company fills it in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.sa")
        cls.manager.tz = "Asia/Riyadh"

    def open(self, team=None):
        Setup = self.env["crm.ticket.team.setup"].with_user(self.manager)
        return Form(Setup.with_context(default_team_id=team.id) if team else Setup)

    def turn(self, form, field):
        """Turn to the page of a field."""
        form.step = next((step for step, names in STEPS.items() if field in names), "hours")

    def fill(self, form, **values):
        for name, value in values.items():
            self.turn(form, name)
            setattr(form, name, value)

    def answer(self, **values):
        """A set-up with some answers; the others are as proposed."""
        with self.open() as form:
            self.fill(form, **{"name": "Spare Parts", **values})
            form.step = "team"
        return form.record

    def finish(self, setup):
        action = setup.action_finish()
        return setup.team_id, action

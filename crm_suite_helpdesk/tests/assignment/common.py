from odoo.fields import Command

from odoo.addons.crm_suite.tests.common import create_users

from ..common import HelpdeskCommon

GROUP = "crm_suite_helpdesk.group_agent"


class AssignmentCommon(HelpdeskCommon):
    """The team has three agents who work from 8 to 17: Amal, Basim and Carla; it is Monday, nine
    o'clock, and whoever has the fewest open tickets gets the next one.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.ticket.team"].search([]).assignment_method = "manual"
        cls.basim, cls.carla = create_users(
            cls.env,
            [("hd_basim", GROUP, {"name": "Basim"}), ("hd_carla", GROUP, {"name": "Carla"})],
        )
        cls.team.member_ids = [Command.set((cls.agent | cls.basim | cls.carla).ids)]
        cls.team.assignment_method = "least_open"
        cls.env.flush_all()
        cls.env["res.lang"]._activate_lang("ar_001")

    def agent_of(self, user, team=None):
        return (team or self.team).agent_ids.filtered(lambda a: a.user_id == user)

    def assign(self):
        """The scheduled job runs."""
        self.env.flush_all()
        self.run_cron("crm.ticket", "_cron_assign")

    def tell(self, ticket, user=None):
        """The words that a user reads about the assignment of a ticket."""
        return str(ticket.with_user(user or self.manager).assignment_story)

    def todos(self, ticket, user=None):
        activities = ticket.activity_ids.filtered(
            lambda a: (
                a.activity_type_id == self.env.ref("crm_suite_helpdesk.mail_activity_type_assign")
            )
        )
        return activities.filtered(lambda a: not user or a.user_id == user)

from odoo import SUPERUSER_ID, api

TEMPLATES = {
    "acknowledge_template_id": "mail_template_ticket_received",
    "acknowledge_closed_template_id": "mail_template_ticket_closed_hours",
    "reminder_template_id": "mail_template_ticket_reminder",
    "autoclose_warning_template_id": "mail_template_ticket_warning",
    "autoclose_template_id": "mail_template_ticket_closing",
}


def migrate(cr, version):
    """Offer the texts to the teams that were there before them: all that is left is to switch
    them on.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    for field, name in TEMPLATES.items():
        template = env.ref(f"crm_suite_helpdesk.{name}", raise_if_not_found=False)
        teams = env["crm.ticket.team"].with_context(active_test=False).search([(field, "=", False)])
        if template:
            teams.write({field: template.id})

"""The form with which a customer opens a ticket on the portal."""

from datetime import timedelta

from odoo.http import request, route
from odoo.tools import plaintext2html

from ..lib.upload import ACCEPT
from . import custom_fields
from .portal import HelpdeskPortal

# More in an hour is no person who asks for help
MAX_TICKETS_PER_HOUR = 30


class HelpdeskPortalNewTicket(HelpdeskPortal):
    @route("/my/tickets/new", type="http", auth="user", website=True, methods=["GET", "POST"])
    def portal_new_ticket(self, **post):
        teams = request.env["crm.ticket.team"]._get_portal_teams(request.env.user.company_ids)
        team = self._choose_team(teams, post.get("team"))
        if not team:
            return request.render(
                "crm_suite_helpdesk.portal_new_ticket_team",
                {
                    **self._prepare_portal_layout_values(),
                    "page_name": "ticket_new",
                    "teams": teams,
                },
            )
        typed = {
            "subject": " ".join(self._clean_text(post.get("subject")).split()),
            "description": self._clean_text(post.get("description")),
            "category": self._clean_text(post.get("category")),
            "priority": self._clean_text(post.get("priority")),
            "errors": [],
            "custom_asked": self._get_asked_fields(),
            "custom_texts": {},
            "custom_errors": {},
        }
        if request.httprequest.method == "POST":
            ticket = self._open_ticket(team, post, typed)
            if ticket:
                return request.redirect(f"/my/tickets/{ticket.id}")
        return self._make_private(
            request.render(
                "crm_suite_helpdesk.portal_new_ticket",
                {
                    **self._prepare_portal_layout_values(),
                    **typed,
                    "page_name": "ticket_new",
                    "team": team,
                    "teams": teams,
                    "categories": team._get_portal_categories(),
                    "priorities": team._get_portal_priorities(),
                    "file_types": ACCEPT,
                    "file_hint": self._get_file_hint(),
                },
            )
        )

    def _open_ticket(self, team, post, typed):
        """Open a ticket with what was sent.

        :param post: what was sent, hostile
        :param typed: what the page shows again; what is wrong is added here
        :return: the ticket, as superuser; None when something is wrong
        """
        subject, description, errors = (
            typed[name] for name in ("subject", "description", "errors")
        )
        errors += self._check_new_ticket(subject, description)
        values = self._prepare_new_ticket(team, post, errors)
        typed["custom_texts"], typed["custom_errors"] = self._read_custom_fields(
            typed["custom_asked"], values, errors
        )
        attachments = [] if errors else self._read_files(self._get_files(), errors)
        if not errors and self._has_asked_too_often():
            errors.append(
                request.env._("You have opened many tickets within an hour. Try again later.")
            )
        if errors:
            return None
        # sudo: portal users have no right to create tickets; what they may choose is here
        Ticket = request.env["crm.ticket"].sudo()
        return Ticket._open_for_customer(
            request.env.user.partner_id,
            subject,
            plaintext2html(description),
            attachments,
            channel="portal",
            **values,
        )

    def _get_asked_fields(self):
        """The custom fields that customers are asked for, as they see them."""
        outlet = request.env["crm.custom.outlet"]
        fields = outlet._get_fields("crm.ticket", "portal", "ask")
        return outlet._describe("crm.ticket", fields)

    def _read_custom_fields(self, asked, values, errors):
        """Add what was sent for custom fields to the values of a new ticket.

        :param errors: what is wrong is added here, in words for the customer
        :return: texts to show again, and what is wrong in words, both by name of the field
        """
        texts, sent, codes = custom_fields.read_sent(request.env, asked)
        words = request.env["crm.custom.outlet"]._get_error_texts()
        wrong = {name: words[code] for name, code in codes.items()}
        values.update(sent)
        if not wrong:
            # sudo: portal users have no right to make tickets; nothing is stored
            Ticket = request.env["crm.ticket"].sudo().with_company(values.get("company_id"))
            names = [field["name"] for field in asked]
            wrong = Ticket._find_missing(values, names)
        if wrong:
            errors.append(request.env._("Please check what is marked below."))
        return texts, wrong

    def _choose_team(self, teams, wanted):
        """The team that gets the ticket; empty while the customer has to choose one.

        :param teams: those that are offered
        :param wanted: what the customer chose, as text
        """
        if not teams:
            # sudo: portal users may not read teams
            Team = request.env["crm.ticket.team"].sudo()
            return Team._get_default_team(request.env.company).sudo() or Team.new()
        chosen = teams.filtered(lambda team: str(team.id) == wanted)
        return chosen or (teams if len(teams) == 1 else teams.browse())

    def _prepare_new_ticket(self, team, post, errors):
        """What the customer may choose of a new ticket besides its texts; hook for other rooms.

        :param team: as superuser
        :param post: what was sent, hostile
        :param errors: what is wrong is added here, in words for the customer
        :return: values of the ticket
        """
        values = {}
        if team.ids:
            values.update(team_id=team.id, company_id=team.company_id.id)
        categories = team._get_portal_categories()
        if wanted := self._clean_text(post.get("category")):
            category = categories.filtered(lambda c: str(c.id) == wanted)
            if category:
                values["category_id"] = category.id
            elif categories:
                errors.append(request.env._("Please choose one of the categories."))
        elif team.portal_category == "required" and categories:
            errors.append(request.env._("Please choose one of the categories."))
        priority = self._clean_text(post.get("priority"))
        if priority in dict(team._get_portal_priorities()):
            values["priority"] = priority
        return values

    def _has_asked_too_often(self):
        # sudo: all tickets of the customer count, also those that he does not see
        Ticket = request.env["crm.ticket"].sudo().with_context(active_test=False)
        asked = Ticket.search_count(
            [
                ("partner_id", "=", request.env.user.partner_id.id),
                ("opened_at", ">", Ticket._now() - timedelta(hours=1)),
                ("channel", "=", "portal"),
            ],
            limit=MAX_TICKETS_PER_HOUR,
        )
        return asked >= MAX_TICKETS_PER_HOUR

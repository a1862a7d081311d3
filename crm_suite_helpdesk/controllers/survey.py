import logging
import re

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import Controller, request, route

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.rating.controllers.main import Rating

from ..models.voice.crm_ticket_survey import FACES, MAX_FEEDBACK

_logger = logging.getLogger(__name__)

TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
MAX_REQUEST = 64 * 1024
NO_STORE = {
    # The address holds the token
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


class SurveyController(Controller):
    """The page on which a customer says whether he was content.

    Programs that follow the links in mails only ever look: what they do saves nothing. Saving takes
    a click on the page, which sends a form.
    """

    @route(
        "/ticket/survey/<string:token>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def survey(self, token, face=None, done=None, **_parameters):
        survey = self._find_survey(token)
        if not survey:
            return self._render(survey, "unknown", status=404)
        if self._is_foreign(survey):
            return self._render(survey, "foreign", status=403)
        return self._render(survey, "done" if done else "form", face=_choose(face))

    @route(
        "/ticket/survey/<string:token>/answer",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
        max_content_length=MAX_REQUEST,
    )
    def survey_answer(self, token, face=None, feedback="", **_parameters):
        survey = self._find_survey(token)
        if not survey:
            return self._render(survey, "unknown", status=404)
        if self._is_foreign(survey):
            return self._render(survey, "foreign", status=403)
        user = request.env.user
        try:
            survey._submit(
                _choose(face),
                feedback if isinstance(feedback, str) else "",
                "mail",
                request.env["res.partner"] if user._is_public() else user.partner_id,
            )
        except UserError as error:
            return self._render(survey, "form", face=_choose(face), error=error.args[0], status=422)
        return self._redirect(survey)

    @route(
        "/ticket/survey/<string:token>/stop",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
        max_content_length=4096,
    )
    def survey_stop(self, token, **_parameters):
        """The customer wants no more surveys."""
        survey = self._find_survey(token)
        if not survey:
            return self._render(survey, "unknown", status=404)
        if self._is_foreign(survey):
            return self._render(survey, "foreign", status=403)
        survey.partner_id.no_ticket_survey = True
        return self._redirect(survey)

    def _find_survey(self, token):
        # sudo: visitors have no rights; whoever holds the token was asked
        Survey = request.env["crm.ticket.survey"].sudo()
        survey = Survey.browse()
        if TOKEN.fullmatch(token):
            survey = Survey.search(
                [("access_token", "=", token), ("asked_at", "!=", False)], limit=1
            )
        if survey:
            language = survey._get_language()
            request.update_context(lang=language)
            survey = survey.with_context(lang=language)
        return survey

    def _is_foreign(self, survey):
        """Whether somebody is logged in who is not the customer: one of us, or another customer."""
        user = request.env.user
        if user._is_public():
            return False
        if user._is_internal():
            return survey._is_own_click(user)
        # sudo: which customer the visitor belongs to
        customer = user.partner_id.sudo().commercial_partner_id
        return bool(survey.partner_id) and customer != survey.commercial_partner_id

    def _redirect(self, survey):
        address = f"/ticket/survey/{survey.access_token}?done=1"
        response = request.redirect(address, code=303)
        response.headers.update(NO_STORE)
        return response

    def _render(self, survey, page, face=None, error="", status=200):
        is_shown = survey and page in ("form", "done")
        response = request.render(
            "crm_suite_helpdesk.survey_page",
            {
                "survey": survey if is_shown else survey.browse(),
                "page": page,
                "is_open": bool(is_shown) and survey._is_open(),
                "face": face or (is_shown and survey.satisfaction) or "",
                "faces": _get_faces(),
                "error": error,
                "max_feedback": MAX_FEEDBACK,
                "no_index": True,
            },
            status=status,
        )
        response.headers.update(NO_STORE)
        return response


class SurveyPortal(CustomerPortal):
    """The same question on the page of the ticket, for the customer who is logged in."""

    def _get_page_view_values(self, document, access_token, values, *args, **kwargs):
        values = super()._get_page_view_values(document, access_token, values, *args, **kwargs)
        if document._name == "crm.ticket" and not request.env.user._is_public():
            values.update(self._prepare_voice(document))
        return values

    def _prepare_voice(self, ticket):
        closing, survey = ticket._get_rateable_closing(request.env.user.partner_id)
        if not closing or survey and not survey._is_open() and not survey.satisfaction:
            return {}
        return {
            "voice_closing": closing,
            "voice_survey": survey,
            "voice_open": survey._is_open() if survey else closing._can_be_rated(),
            "voice_faces": _get_faces(),
            "voice_max_feedback": MAX_FEEDBACK,
        }

    @route(
        "/my/tickets/<int(max=2147483647):ticket_id>/rate",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=MAX_REQUEST,
    )
    def portal_rate_ticket(self, ticket_id, face=None, feedback="", **_parameters):
        try:
            # No token: whoever was given a link may look, and no more
            ticket = self._document_check_access("crm.ticket", ticket_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        partner = request.env.user.partner_id
        closing, survey = ticket._get_rateable_closing(partner)
        face = _choose(face)
        if closing and face:
            try:
                # sudo: customers have no rights on surveys; this is the closing of his ticket
                survey = survey or request.env["crm.ticket.survey"].sudo()._find_or_make(closing)
                survey._submit(
                    face, feedback if isinstance(feedback, str) else "", "portal", partner
                )
            except UserError as error:
                # The page says so itself
                _logger.info("Ticket %s was not rated: %s", ticket.id, error)
        return request.redirect(f"/my/tickets/{ticket.id}#ticket_voice", code=303)


class TicketRating(Rating):
    """Core's own pages would let whoever knows a token overwrite a rating for ever."""

    def _get_rating_and_record(self, token):
        rating, record = super()._get_rating_and_record(token)
        if record._name == "crm.ticket":
            raise request.not_found()
        return rating, record


def _choose(face):
    return face if isinstance(face, str) and face in dict(FACES) else None


def _get_faces():
    # sudo: the names of the faces, which visitors read on the page
    field = request.env["crm.ticket.survey"].sudo()._fields["satisfaction"]
    numbers = {"happy": 5, "neutral": 3, "unhappy": 1}
    return [
        {"key": key, "label": label, "image": f"/rating/static/src/img/rating_{numbers[key]}.svg"}
        for key, label in field._description_selection(request.env)
    ]

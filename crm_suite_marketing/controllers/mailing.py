from odoo.http import request, route

from odoo.addons.mass_mailing.controllers.main import MassMailController
from odoo.addons.mass_mailing_sms.controllers.main import MailingSMSController

from .consent import PRIVATE, describe_visitor


class MailingDoors(MassMailController):
    """Core's own doors, for mails that went before ours were there: looking changes nothing, and
    what is done by them is in the ledger.
    """

    @route()
    def mailing_unsubscribe(
        self, mailing_id, document_id=None, email=None, hash_token=None, **_parameters
    ):
        # core unsubscribes whoever, or whatever, opens the link
        if request.httprequest.method != "POST":
            if not hash_token:
                return request.redirect("/my/consent", code=303)
            return self.mailing_confirm_unsubscribe(
                mailing_id, document_id=document_id, email=email, hash_token=hash_token
            )
        return super().mailing_unsubscribe(
            mailing_id, document_id=document_id, email=email, hash_token=hash_token
        )

    def _mailing_unsubscribe_from_list(self, mailing, document_id, email, hash_token):
        self._note_unsubscription(mailing, email)
        return self._lead_to_preferences(mailing, email)

    def _mailing_unsubscribe_from_document(self, mailing, document_id, email, hash_token):
        self._note_unsubscription(mailing, email)
        if not mailing.purpose_id:
            # core's word for "nothing at all"
            super()._mailing_unsubscribe_from_document(mailing, document_id, email, hash_token)
        return self._lead_to_preferences(mailing, email)

    @route()
    def mailing_confirm_unsubscribe_post(
        self, mailing_id, document_id=None, email=None, hash_token=None
    ):
        super().mailing_confirm_unsubscribe_post(
            mailing_id, document_id=document_id, email=email, hash_token=hash_token
        )
        address, _token = self._fetch_user_information(email, hash_token)
        # sudo: visitors have no rights; core has checked the token
        mailing = request.env["mailing.mailing"].sudo().browse(int(mailing_id))
        return self._lead_to_preferences(mailing, address)

    def _note_unsubscription(self, mailing, email):
        # sudo: visitors have no rights; core has checked the token
        identity = mailing.env["crm.consent"].sudo()._normalize(email, "email")
        if identity:
            mailing._unsubscribe_address(identity, "link", **describe_visitor())

    def _lead_to_preferences(self, mailing, email):
        # sudo: visitors have no rights; core has checked the token
        links = mailing.env["crm.consent.link"].sudo()
        identity = mailing.env["crm.consent"]._normalize(email, "email")
        if not identity:
            return request.redirect("/my/consent", code=303)
        link = links._find_or_make([identity], mailing)[identity]
        response = request.redirect(f"{link._get_path('preferences')}?done=left", code=303)
        response.headers.update(PRIVATE)
        return response


class MailingSmsDoors(MailingSMSController):
    @route()
    def blacklist_number(self, mailing_id, trace_code, **post):
        # core unsubscribes whoever, or whatever, opens the link
        number = post.get("sms_number", "").strip(" ")
        if request.httprequest.method != "POST":
            response = request.render(
                "crm_suite_marketing.consent_sms_page", {"sms_number": number, "no_index": True}
            )
            response.headers.update(PRIVATE)
            return response
        traces = self._check_trace(mailing_id, trace_code).get("trace")
        trace = traces and traces.filtered(lambda one: one.sms_number == number)[:1]
        if number and trace:
            mailing = trace.mass_mailing_id
            # core writes the number as the ledger does
            mailing._unsubscribe_address(number, "link", channel="sms", **describe_visitor())
        return super().blacklist_number(mailing_id, trace_code, **post)

from odoo.http import request, route
from odoo.tools import email_normalize

from odoo.addons.mass_mailing.controllers.main import MassMailController
from odoo.addons.mass_mailing_sms.controllers.main import MailingSMSController

from .consent import PRIVATE, describe_visitor


class MailingDoors(MassMailController):
    """Core's own doors, for mails that went before ours were there: looking changes nothing, and
    what is done by them is in the ledger.
    """

    def _fetch_user_information(self, email, hash_token):
        # people in the portal write whatever address they like into their accounts
        user = request.env.user
        if not hash_token and not user._is_public() and not user._is_internal():
            return None, None
        return super()._fetch_user_information(email, hash_token)

    @route()
    def mailing_my(self):
        if not request.env.user._is_internal():
            return request.redirect("/my/consent", code=303)
        return super().mailing_my()

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
        return self._lead_to_preferences(mailing, email, hash_token)

    def _mailing_unsubscribe_from_document(self, mailing, document_id, email, hash_token):
        self._note_unsubscription(mailing, email)
        if not mailing.purpose_id:
            # core's word for "nothing at all"
            super()._mailing_unsubscribe_from_document(mailing, document_id, email, hash_token)
        return self._lead_to_preferences(mailing, email, hash_token)

    @route()
    def mailing_confirm_unsubscribe_post(
        self, mailing_id, document_id=None, email=None, hash_token=None
    ):
        super().mailing_confirm_unsubscribe_post(
            mailing_id, document_id=document_id, email=email, hash_token=hash_token
        )
        address, token = self._fetch_user_information(email, hash_token)
        # sudo: visitors have no rights; core has checked the token
        mailing = request.env["mailing.mailing"].sudo().browse(int(mailing_id))
        return self._lead_to_preferences(mailing, address, token)

    @route()
    def mailing_view_in_browser(
        self, mailing_id, email=None, document_id=None, hash_token=None, **kwargs
    ):
        # core shows mailing users the mail of anybody, with the link to his preferences in it
        if not hash_token and not kwargs.get("token"):
            email = document_id = None
            kwargs.pop("res_id", None)
        return super().mailing_view_in_browser(
            mailing_id, email=email, document_id=document_id, hash_token=hash_token, **kwargs
        )

    def _note_unsubscription(self, mailing, email):
        # sudo: visitors have no rights; core has checked the token
        identity = mailing.env["crm.consent"].sudo()._normalize(email, "email")
        if identity:
            address = email_normalize(email, strict=False)
            mailing._unsubscribe_address(identity, "link", address=address, **describe_visitor())

    def _lead_to_preferences(self, mailing, email, hash_token):
        if not hash_token:
            # core takes the address of the account, which proves nothing
            return request.redirect("/my/consent", code=303)
        # sudo: visitors have no rights; core has checked the token
        links = mailing.env["crm.consent.link"].sudo()
        identity = mailing.env["crm.consent"]._normalize(email, "email")
        if not identity:
            return request.redirect("/my/consent", code=303)
        address = email_normalize(email, strict=False)
        link = links._find_or_make([identity], mailing, addresses={identity: address})[identity]
        response = request.redirect(f"{link._get_path('preferences')}?done=left", code=303)
        response.headers.update(PRIVATE)
        return response


class MailingSmsDoors(MailingSMSController):
    @route()
    def blacklist_number(self, mailing_id, trace_code, **post):
        # core unsubscribes whoever, or whatever, opens the link
        number = post.get("sms_number")
        # a file is no number either
        number = post["sms_number"] = number.strip(" ") if isinstance(number, str) else ""
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
            if mailing.purpose_id and not mailing.contact_list_ids:
                # core would blacklist the number for everything
                return self._show_left_purpose(mailing, number)
        return super().blacklist_number(mailing_id, trace_code, **post)

    def _show_left_purpose(self, mailing, number):
        response = request.render(
            "crm_suite_marketing.consent_sms_left_page",
            {"sms_number": number, "purpose": mailing.purpose_id, "no_index": True},
        )
        response.headers.update(PRIVATE)
        return response

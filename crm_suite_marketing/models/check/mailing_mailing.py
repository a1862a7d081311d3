import re
import time
from urllib.parse import unquote

from lxml import html

from odoo import models, modules
from odoo.exceptions import UserError
from odoo.tools import email_domain_extract, html2plaintext

from ...lib import dns_text, link_check, mail_check
from ...lib.mail_check import Finding
from ..channels.crm_webhook import FOR_TESTS

# usual names of keys of DKIM: nobody can ask a domain which ones it has
SELECTORS = ("default", "mail", "odoo", "google", "selector1", "k1", "s1", "dkim")
SELECTORS_PARAMETER = "crm_suite_marketing.dkim_selectors"
BASE_URL = "web.base.url"
# seconds: for one question, and for all of them
DNS_TIMEOUT, DNS_BUDGET = 0.8, 2.5
# seconds for opening the links
LINK_BUDGET = 4
# recipients who are looked at for missing values
MAX_LOOKED_AT = 2000


class MailingMailing(models.Model):
    """What is to mend before a mailing goes. Errors stop it, warnings ask."""

    _inherit = "mailing.mailing"

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_check(self):
        """Show what is to mend."""
        self.ensure_one()
        return self._open_check()

    def action_launch(self):
        return self._ask_about_warnings("action_launch") or super().action_launch()

    def action_schedule(self):
        return self._ask_about_warnings("action_schedule") or super().action_schedule()

    def action_put_in_queue(self):
        for mailing in self.filtered(lambda one: one.mailing_type == "mail"):
            errors = [one for one in mailing._check_content() if one.severity == "error"]
            if errors:
                check = self.env["crm.mailing.check.line"]
                words = [check._describe(mailing, one)[0] for one in errors]
                raise UserError("\n".join([self.env._("This mailing cannot go yet."), *words]))
        return super().action_put_in_queue()

    def _ask_about_warnings(self, action):
        """Open the check where a person asked for the launch on the form and there is something
        to mend."""
        asks = self.env.context.get("check_first") and len(self) == 1
        if not asks or self.mailing_type != "mail":
            return None
        opened = self._open_check(launch_action=action)
        check = self.env["crm.mailing.check"].browse(opened["res_id"])
        return opened if check.line_ids else None

    def _open_check(self, launch_action=False):
        check = self.env["crm.mailing.check"].create(
            {"mailing_id": self.id, "launch_action": launch_action}
        )
        check._fill()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Before It Goes"),
            "res_model": "crm.mailing.check",
            "res_id": check.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    # ------------------------------------------------------------------
    # What is to mend
    # ------------------------------------------------------------------

    def _get_findings(self):
        """:return: a list of `mail_check.Finding`"""
        self.ensure_one()
        return [
            *self._check_content(),
            *self._check_holes(),
            *self._check_variants(),
            *self._check_pages(),
            *self._check_from(),
            *self._check_domain(),
        ]

    def _check_content(self):
        """Look at the texts, with samples for values. Asks nobody outside, reads no recipients."""
        errors = self._get_merge_errors()
        if errors:
            return [Finding("merge_field", "error", one) for one in errors]
        content = self._render_samples()
        body = str(content["body_html"] or "")
        # what core fills in is text
        text = html2plaintext(re.sub(r"<t\s", "… <t ", body))
        own = self._get_own_servers()
        return mail_check.check(content["subject"], content["preview"], body, text, own)

    def _get_own_servers(self):
        """:return: where pages of ours stand, as `mail_check.get_server` names it"""
        # sudo: only our own public addresses
        urls = [self.get_base_url(), self.env["ir.config_parameter"].sudo().get_param(BASE_URL)]
        if "website" in self.env:
            # sudo: the same
            sites = self.env["website"].sudo().search([("domain", "!=", False)])
            urls += sites.mapped("domain")
        return frozenset(filter(None, (mail_check.get_server(url) for url in urls if url)))

    def _check_holes(self):
        """Count recipients for whom a merge field without fallback has no value."""
        names = set()
        for name, kind in (("subject", "line"), ("preview", "line"), ("body_html", "html")):
            names |= self._parse_merge_text(self[name], kind).names_without_fallback
        model = self.env.get(self.mailing_model_real)
        if not names or model is None or not model.has_access("read"):
            return []
        records = model.search(self._get_preview_domain(), limit=MAX_LOOKED_AT)
        values = self._get_merge_values(records, names)
        findings = []
        for name in sorted(names):
            missing = sum(one.get(name) in (None, "") for one in values.values())
            if missing:
                detail = f"[[{name}]]: {missing} / {len(records)}"
                findings.append(Finding("hole", "warning", detail))
        return findings

    def _check_variants(self):
        if not self.ab_testing_enabled:
            return []
        same = [
            other.display_name
            for other in self._get_ab_testing_siblings_mailings() - self
            if all(
                (other[name] or "") == (self[name] or "")
                for name in ("subject", "preview", "email_from", "body_html")
            )
        ]
        return [Finding("same_variant", "warning", same[0])] if same else []

    def _check_pages(self):
        """Open the links that are the same for everybody, to see whether there is a page."""
        # sudo: a setting of the administrator
        for_tests = self.env["ir.config_parameter"].sudo().get_param(FOR_TESTS) == "1"
        # tests ask nobody outside
        if not self.body_html or (modules.module.current_test and not for_tests):
            return []
        root = html.fragment_fromstring(str(self.body_html), create_parent="div")
        urls = [(link.get("href") or "").strip() for link in root.iter("a")]
        urls = [
            url
            for url in urls
            if url.startswith(("http://", "https://")) and not re.search(r"\[\[|\{\{", unquote(url))
        ]
        dead = link_check.find_dead(urls, LINK_BUDGET, for_tests)
        words = {"host": self.env._("there is no such server")}
        shown = [f"{url[:80]} ({words.get(why, why)})" for url, why in dead.items()]
        return [Finding("dead_link", "warning", ", ".join(shown))] if shown else []

    def _check_from(self):
        """Compare the address of the sender with the server that will send."""
        # sudo: servers are the administrators'; only their names are told
        Server = self.env["ir.mail_server"].sudo()
        server = self.sudo().mail_server_id
        if server:
            is_fine = not server.from_filter or Server._match_from_filter(
                self.email_from, server.from_filter
            )
            return [] if is_fine else [Finding("wrong_server", "warning", server.name)]
        _server, sends_as = Server._find_mail_server(self.email_from)
        domain = email_domain_extract(self.email_from)
        other = email_domain_extract(sends_as)
        if other and other != domain:
            return [Finding("other_from", "warning", sends_as)]
        return []

    def _check_domain(self):
        """Ask DNS whether mails of the domain of the sender can be proven to be his."""
        domain = email_domain_extract(self.email_from)
        if not domain:
            return [Finding("no_from", "error", self.email_from or "")]
        # sudo: which names keys have is a setting
        setting = self.env["ir.config_parameter"].sudo().get_param(SELECTORS_PARAMETER)
        selectors = (setting or "").replace(",", " ").split() or SELECTORS
        end = time.monotonic() + DNS_BUDGET
        try:
            spf = self._lookup_texts(domain, end)
            dmarc = self._lookup_texts(f"_dmarc.{domain}", end)
            organisation = ".".join(domain.split(".")[-2:])
            if not dmarc and organisation != domain:
                dmarc = self._lookup_texts(f"_dmarc.{organisation}", end)
            dkim = []
            for selector in selectors[:10]:
                dkim += self._lookup_texts(f"{selector}._domainkey.{domain}", end)
                if dkim:
                    break
        except dns_text.NoAnswer:
            return [Finding("no_dns", "warning", domain)]
        return [one._replace(detail=domain) for one in mail_check.judge_sender(spf, dkim, dmarc)]

    def _lookup_texts(self, name, end):
        """:raise dns_text.NoAnswer: also when the time for all questions is over"""
        server = dns_text.get_server()
        left = end - time.monotonic()
        # tests ask nobody outside
        if not server or left <= 0 or modules.module.current_test:
            raise dns_text.NoAnswer(name)
        return dns_text.lookup(name, server, min(DNS_TIMEOUT, left))

from odoo import api, fields, models


class CrmMailingCheckLine(models.TransientModel):
    _name = "crm.mailing.check.line"
    _description = "Line of a Check of a Mailing"
    _order = "sequence, id"

    check_id = fields.Many2one("crm.mailing.check", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(readonly=True)
    severity = fields.Selection(
        [("error", "Error"), ("warning", "Warning")], required=True, readonly=True
    )
    code = fields.Char(required=True, readonly=True)
    name = fields.Text("What Is Wrong", required=True, readonly=True)
    advice = fields.Text("How to Mend It", readonly=True)

    @api.model
    def _describe(self, mailing, finding):
        """:return: what is wrong and how to mend it, in words"""
        sentences = (
            self._get_words_sentences() | self._get_form_sentences() | self._get_sender_sentences()
        )
        if finding.code == "merge_field":
            return finding.detail, self.env._(
                "Correct the merge field. “Merge Fields” above shows those that there are."
            )
        name, advice = sentences[finding.code]
        return (f"{name}: {finding.detail}" if finding.detail else name), advice

    def _get_words_sentences(self):
        return {
            "no_subject": (self.env._("The subject is empty"), self.env._("Write a subject.")),
            "capitals": (
                self.env._("The subject is in capitals"),
                self.env._(
                    "Write it as you would write to one person: filters take capitals for spam."
                ),
            ),
            "exclamation": (
                self.env._("There are many exclamation marks"),
                self.env._("One is enough. Filters take more for spam."),
            ),
            "false_reply": (
                self.env._("The subject looks like a reply"),
                self.env._("Remove “Re:”. Readers feel deceived, and filters know it."),
            ),
            "long_subject": (
                self.env._("The subject is long (characters)"),
                self.env._("Phones show about 40 characters of it, computers 70."),
            ),
            "promises": (
                self.env._("These words are usual in spam"),
                self.env._("Say it in other words, if you can."),
            ),
            "no_preview": (
                self.env._("There is no preview text"),
                self.env._(
                    "Write one under Settings: it stands beside the subject in most mailboxes."
                ),
            ),
            "hole": (
                self.env._("A merge field is empty for some of the recipients"),
                self.env._('Give it a fallback: [[city|fallback:"your city"]].'),
            ),
            "same_variant": (
                self.env._("The versions of the test do not differ"),
                self.env._("Change the subject, the preview text, the sender or the body of one."),
            ),
        }

    def _get_form_sentences(self):
        return {
            "no_text": (self.env._("The body is empty"), self.env._("Write a text.")),
            "only_images": (
                self.env._("There are pictures, but hardly any text"),
                self.env._("Say the most important in text: many readers see no pictures."),
            ),
            "too_large": (
                self.env._("The body is large (kB)"),
                self.env._("Shorten it to less than 100 kB: Gmail cuts off the rest."),
            ),
            "no_alt": (
                self.env._("Pictures have no description"),
                self.env._("Describe each picture: it stands for it where pictures are not shown."),
            ),
            "empty_link": (
                self.env._("A link leads nowhere"),
                self.env._("Enter the address of the page, or remove the link."),
            ),
            "bad_link": (
                self.env._("A link cannot be opened"),
                self.env._("Enter the whole address, such as https://example.com/offer."),
            ),
            "dead_link": (
                self.env._("There is no page behind a link"),
                self.env._("Open it yourself, and correct the address or put the page there."),
            ),
            "local_link": (
                self.env._("A link leads into your own network"),
                self.env._("Nobody outside can open it. Enter the public address."),
            ),
            "no_unsubscribe": (
                self.env._("There is no link to unsubscribe"),
                self.env._(
                    "Insert a footer with it. Whoever does not find it reports spam instead."
                ),
            ),
        }

    def _get_sender_sentences(self):
        return {
            "no_from": (
                self.env._("The sender has no address"),
                self.env._("Enter an e-mail address under Settings, Send From."),
            ),
            "wrong_server": (
                self.env._("The mail server is not meant for the address of the sender"),
                self.env._("Choose another server or another sender under Settings."),
            ),
            "other_from": (
                self.env._("The mail server will write its own address for the sender"),
                self.env._("Send from an address of that domain, or add a server for yours."),
            ),
            "no_spf": (
                self.env._("The domain does not say which servers may send its mails (SPF)"),
                self.env._(
                    "Add a TXT record that begins with v=spf1 at the provider of the domain."
                ),
            ),
            "many_spf": (
                self.env._("The domain has several SPF records, so none counts"),
                self.env._("Join them into one TXT record."),
            ),
            "open_spf": (
                self.env._("The SPF record of the domain allows every server"),
                self.env._("Let it end with -all or ~all."),
            ),
            "no_dkim": (
                self.env._("No key for signatures was found (DKIM)"),
                self.env._(
                    "Switch DKIM on at your mail server and add its TXT record. If the key has a"
                    " name of its own, an administrator enters it in the parameter"
                    " crm_suite_marketing.dkim_selectors."
                ),
            ),
            "no_dmarc": (
                self.env._("The domain does not say what to do with false mails (DMARC)"),
                self.env._(
                    "Add a TXT record _dmarc that begins with v=DMARC1. Gmail and Yahoo want it."
                ),
            ),
            "no_dns": (
                self.env._("The domain could not be looked up"),
                self.env._("SPF, DKIM and DMARC were not checked: the name server did not answer."),
            ),
        }

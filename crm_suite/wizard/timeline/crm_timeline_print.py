from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, format_datetime, format_time

# A book that somebody still reads, and that wkhtmltopdf still lays out
MAX_ROWS = 2000
PAGE_SIZE = 200
# How many pages without anything that the reader may see are turned
MAX_PAGES = 60


class CrmTimelinePrint(models.TransientModel):
    """Which part of the history of a customer is printed, and in whose language.

    Everything is read by `crm.timeline` with the rights of whoever prints: what the screen does not
    show him is not on paper either, whatever the fields of this dialog say.
    """

    _name = "crm.timeline.print"
    _description = "Print the History of a Customer"

    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Integer(string="Document", required=True)
    customer = fields.Char(compute="_compute_customer")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    sources = fields.Char(
        string="Kinds of Events", help="Nothing chosen: all kinds of events are printed."
    )
    words = fields.Char(help="Only events that hold all of these words.")
    language = fields.Selection(
        [("reader", "My language"), ("customer", "The language of the customer")],
        required=True,
        default="reader",
    )
    has_other_language = fields.Boolean(compute="_compute_has_other_language")

    @api.constrains("res_model", "res_id")
    def _check_subject(self):
        for history in self:
            # constraints run as superuser, who may read everything
            partner, lead = history.sudo(False)._get_subject()
            if not partner and not lead:
                raise ValidationError(self.env._("Choose whose history is to be printed."))

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for history in self:
            if history.date_from and history.date_to and history.date_from > history.date_to:
                raise ValidationError(
                    self.env._("The period must begin before it ends: check the dates.")
                )

    @api.depends("res_model", "res_id")
    def _compute_customer(self):
        for history in self:
            partner, lead = history._get_subject()
            history.customer = (partner or lead).display_name

    @api.depends("res_model", "res_id")
    def _compute_has_other_language(self):
        for history in self:
            history.has_other_language = history._get_customer_language() not in (
                False,
                self.env.user.lang or "en_US",
            )

    def action_print(self):
        self.ensure_one()
        report = self.env.ref("crm_suite.crm_timeline_history_report")
        return {**report.report_action(self, config=False), "close_on_report_download": True}

    # ------------------------------------------------------------------
    # The report
    # ------------------------------------------------------------------

    def _get_report_name(self):
        return self.env._(
            "History of %(customer)s %(date)s",
            customer=(self.customer or "").replace("/", "-"),
            date=fields.Date.context_today(self),
        )

    def _get_subject(self):
        """The contact whose history it is, or the lead without one, as far as the user may read.

        The history is that of the whole customer, so its company is named where it may be read.
        """
        self.ensure_one()
        partner, lead = self.env["crm.timeline"]._get_subject(self.res_model, self.res_id)
        # sudo: only its id; whether it may be read is asked next
        customer = partner.browse(partner.sudo().commercial_partner_id.id)
        return customer if customer and customer.has_access("read") else partner, lead

    def _get_customer_language(self):
        partner, lead = self._get_subject()
        code = partner.lang or lead.lang_id.code
        return code if code in dict(self.env["res.lang"].get_installed()) else False

    def _get_language(self):
        """The code of the language in which it is printed."""
        self.ensure_one()
        mine = self.env.user.lang or "en_US"
        return mine if self.language == "reader" else self._get_customer_language() or mine

    def _get_history(self):
        """What is printed, in the language of the environment, for the QWeb template.

        :return: dict with ``title``, ``customer``, ``contact``, ``facts`` (list of ``(label,
            value)``), ``days`` (list of ``{"label", "rows"}``), ``count``, ``note``,
            ``printed_at``
        """
        self.ensure_one()
        partner, lead = self._get_subject()
        rows, is_cut = self._fetch_rows()
        return {
            "title": self.env._("History of the Customer"),
            "customer": (partner or lead).display_name,
            "contact": self._get_contact_line(partner or lead),
            "facts": self._get_facts(),
            "days": self._group_by_day(rows),
            "count": len(rows),
            "note": is_cut and self._get_note(),
            "printed_at": format_datetime(self.env, fields.Datetime.now(), dt_format="short"),
        }

    def _get_note(self):
        return self.env._(
            "Only the newest %(count)s events are printed. Choose a shorter period to see the"
            " ones before.",
            count=MAX_ROWS,
        )

    def _get_contact_line(self, record):
        """Where the customer can be reached: `res.partner` and `crm.lead` name it alike."""
        values = (record.phone, record.email if "email" in record else record.email_from)
        return " · ".join(filter(None, values))

    def _get_facts(self):
        """The period, the kinds and the words that were chosen, to be read by people."""
        begin, end = (
            day and format_date(self.env, day, date_format="long")
            for day in (self.date_from, self.date_to)
        )
        if begin and end:
            period = f"{begin} – {end}"
        elif begin:
            period = self.env._("since %(date)s", date=begin)
        elif end:
            period = self.env._("until %(date)s", date=end)
        else:
            period = self.env._("all")
        facts = [(self.env._("Period"), period)]
        if keys := self._get_source_keys():
            sources = self.env["crm.timeline"].get_sources(self.res_model, self.res_id)
            chips = dict.fromkeys(source["chip"] for source in sources if source["key"] in keys)
            facts.append((self.env._("Kinds of Events"), " · ".join(chips)))
        if self.words:
            facts.append((self.env._("Words"), self.words))
        return facts

    def _get_source_keys(self):
        return [key.strip() for key in (self.sources or "").split(",") if key.strip()]

    def _fetch_rows(self):
        """The newest events of the period, as the reader may see them.

        :return: ``(rows, whether there are more)``; each row has a ``day`` (date) besides
        """
        timeline = self.env["crm.timeline"].with_context(crm_timeline_print=True)
        rows, cursor = [], None
        for _page in range(MAX_PAGES):
            page = timeline.get_page(
                self.res_model,
                self.res_id,
                cursor=cursor,
                limit=PAGE_SIZE,
                sources=self._get_source_keys() or None,
                search=self.words or "",
                until=self.date_to and self.date_to.isoformat(),
            )
            for row in page["rows"]:
                row["day"] = self._get_day(row)
                if self.date_from and row["day"] < self.date_from:
                    return rows, False
                if len(rows) == MAX_ROWS:
                    return rows, True
                rows.append(row)
            cursor = page["cursor"]
            if not cursor:
                return rows, False
        return rows, True

    def _get_day(self, row):
        """The day of the reader on which it happened."""
        if row.get("date_only"):
            return date.fromisoformat(row["date"][:10])
        moment = fields.Datetime.from_string(row["date"])
        return fields.Datetime.context_timestamp(self, moment).date()

    def _group_by_day(self, rows):
        days = []
        for row in rows:
            if not days or days[-1]["day"] != row["day"]:
                label = format_date(self.env, row["day"], date_format="full")
                days.append({"day": row["day"], "label": label, "rows": []})
            days[-1]["rows"].append(self._prepare_row(row))
        return days

    def _prepare_row(self, row):
        time = ""
        if not row.get("date_only"):
            moment = fields.Datetime.from_string(row["date"])
            time = format_time(self.env, moment, tz=self.env.tz.zone, time_format="short")
        step = ""
        if row.get("next_step"):
            due = row.get("next_step_date")
            step = row["next_step"] + (f" ({format_date(self.env, due)})" if due else "")
        state = row.get("state") or ""
        return {
            **row,
            "time": time,
            "text": row.get("preview") or "",
            "state": state if state != row["label"] else "",
            "step": step,
        }

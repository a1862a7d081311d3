import math
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import escape_psql, format_amount, format_date
from odoo.tools.misc import formatLang

VALUE_FIELDS = {
    "boolean": "yes_no",
    "choice": "option_ids",
    "choices": "option_ids",
    "text": "text",
    "number": "number",
    "amount": "amount",
    "date": "date",
    "products": "product_ids",
}
# Numbers have no empty value: an answer that exists is an answer
NUMBERS = frozenset(("number", "amount"))
LONGEST_TEXT = 5000
LARGEST_NUMBER = 1e15


class CrmQualificationAnswer(models.Model):
    """What is known about a lead: the answer to one question.

    There is no empty answer: whoever clears it deletes it.
    """

    _name = "crm.qualification.answer"
    _description = "Qualification Answer"
    _inherit = ["crm.lead.detail.mixin"]
    _order = "topic, id"
    _rec_name = "value"
    # the answer in words is not stored
    _rec_names_search = ["lead_id", "question_id"]

    lead_id = fields.Many2one(
        "crm.lead", string="Lead or Opportunity", required=True, ondelete="cascade", index=True
    )
    question_id = fields.Many2one(
        "crm.qualification.question", required=True, ondelete="restrict", index=True
    )
    topic = fields.Selection(related="question_id.topic", store=True)
    kind = fields.Selection(related="question_id.kind")
    yes_no = fields.Selection([("yes", "Yes"), ("no", "No")], string="Yes or No")
    option_ids = fields.Many2many(
        "crm.qualification.option",
        "crm_qualification_answer_option_rel",
        "answer_id",
        "option_id",
        string="Choices",
        domain="[('question_id', '=', question_id)]",
        context={"active_test": False},
        ondelete="restrict",
    )
    text = fields.Text()
    number = fields.Float(aggregator="avg")
    amount = fields.Monetary(aggregator="avg")
    date = fields.Date()
    product_ids = fields.Many2many(
        "product.product",
        "crm_qualification_answer_product_rel",
        "answer_id",
        "product_id",
        string="Products of Interest",
        context={"active_test": False},
        domain=[("sale_ok", "=", True)],
    )
    value = fields.Char(
        string="Answer",
        compute="_compute_value",
        inverse="_inverse_value",
        help="The answer in words, whatever its kind; in imports this column is enough.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )

    # of the lead, for lists and reports; read through the lead, nothing is copied
    partner_id = fields.Many2one(related="lead_id.partner_id", string="Customer")
    user_id = fields.Many2one(related="lead_id.user_id", string="Salesperson")
    team_id = fields.Many2one(related="lead_id.team_id")
    company_id = fields.Many2one(related="lead_id.company_id")
    won_status = fields.Selection(related="lead_id.won_status")

    _unique_answer = models.Constraint(
        "UNIQUE(lead_id, question_id)", "A question has one answer on a lead."
    )

    @api.depends("lead_id.company_id")
    def _compute_currency_id(self):
        for answer in self:
            answer.currency_id = answer.lead_id.company_currency

    @api.depends("yes_no", "option_ids", "text", "number", "amount", "date", "product_ids")
    @api.depends_context("lang")
    def _compute_value(self):
        labels = dict(self._fields["yes_no"]._description_selection(self.env))
        for answer in self:
            answer.value = answer._format_value(labels)

    def _inverse_value(self):
        for answer in self:
            answer.write(
                answer.question_id
                and answer._parse_value(answer.question_id, answer.value, answer.lead_id)
            )

    @api.constrains("question_id", "option_ids", *VALUE_FIELDS.values())
    def _check_values(self):
        for answer in self:
            question = answer.question_id
            name = VALUE_FIELDS[question.kind]
            if question.kind not in NUMBERS and not answer[name]:
                raise ValidationError(
                    self.env._(
                        "“%(question)s” has no answer: fill in “%(field)s”.",
                        question=question.name,
                        field=self._fields[name].get_description(self.env, ["string"])["string"],
                    )
                )
            if answer.option_ids.question_id - question:
                raise self._make_error(question, answer.value)
            if question.kind == "choice" and len(answer.option_ids) > 1:
                raise ValidationError(
                    self.env._("“%(question)s” takes one choice only.", question=question.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        # a value in words comes last: it replaces the field of the kind of the question
        leads = self.env["crm.lead"].browse(
            {vals["lead_id"] for vals in vals_list if vals.get("lead_id")}
        )
        leads.check_access("write")
        prepared = [self._with_parsed_value(vals) for vals in vals_list]
        answers = super().create(prepared)
        answers.lead_id._mark_score_outdated()
        return answers

    def write(self, vals):
        (self.lead_id | self.lead_id.browse(vals.get("lead_id"))).check_access("write")
        if "question_id" in vals and self.question_id.ids not in ([], [vals["question_id"]]):
            raise UserError(self.env._("An answer keeps its question. Delete it and answer anew."))
        result = super().write(vals)
        self.lead_id._mark_score_outdated()
        return result

    def unlink(self):
        leads = self.lead_id
        leads.check_access("write")
        result = super().unlink()
        leads._mark_score_outdated()
        return result

    @api.model
    def _with_parsed_value(self, vals):
        if "value" not in vals or not vals.get("question_id"):
            return vals
        vals = dict(vals)
        question = self.env["crm.qualification.question"].browse(vals["question_id"])
        lead = self.env["crm.lead"].browse(vals.get("lead_id"))
        vals.update(self._parse_value(question, vals.pop("value"), lead))
        return vals

    def _format_value(self, labels):
        """Return the answer in words, in the language of the reader."""
        self.ensure_one()
        kind = self.question_id.kind
        if kind == "boolean":
            return labels.get(self.yes_no, "")
        if kind in ("choice", "choices"):
            return ", ".join(self.option_ids.mapped("name"))
        if kind == "products":
            # sudo: that the customer asked for it is on the lead, also when the product is hidden
            return ", ".join(self.sudo().product_ids.mapped("display_name"))
        if kind == "date":
            return format_date(self.env, self.date) if self.date else ""
        if kind == "amount":
            currency = self.currency_id or self.env.company.currency_id
            return format_amount(self.env, self.amount, currency)
        if kind == "number":
            digits = 0 if self.number == int(self.number) else 2
            return formatLang(self.env, self.number, digits=digits)
        return self.text or ""

    def _get_raw_value(self):
        """Return the answer as the page of the lead edits it; see `_parse_value`."""
        self.ensure_one()
        name = VALUE_FIELDS[self.question_id.kind]
        value = self[name]
        if self.question_id.kind == "choice":
            return value[:1].id
        if self._fields[name].type == "many2many":
            return value.ids
        return fields.Date.to_string(value) if name == "date" else value

    # ------------------------------------------------------------------
    # Values from outside
    # ------------------------------------------------------------------

    @api.model
    def _parse_value(self, question, value, lead):
        """Return the values of an answer, from what a page, an import or a program sends.

        :param value: `yes`/`no` or a boolean; id or name of a choice; a list of them, or names
            between commas; text; a number; a date as YYYY-MM-DD; ids or names of products
        :return: values for `create` and `write`; empty when the answer is empty
        :raise ValidationError: when the value is no answer to this question
        """
        if isinstance(value, str):
            value = value.replace("\0", "").strip()
        if (
            value is None
            or value == ""
            or value == []
            or (value is False and question.kind != "boolean")
        ):
            return {}
        parsed = getattr(self, f"_parse_{question.kind}")(question, value)
        if parsed is None:
            raise self._make_error(question, value)
        return {VALUE_FIELDS[question.kind]: parsed}

    def _parse_boolean(self, _question, value):
        if isinstance(value, bool):
            return "yes" if value else "no"
        labels = dict(self._fields["yes_no"]._description_selection(self.env))
        words = {
            "yes": {"yes", "y", "true", "1", labels["yes"].casefold()},
            "no": {"no", "n", "false", "0", labels["no"].casefold()},
        }
        text = str(value).casefold()
        return next((answer for answer, known in words.items() if text in known), None)

    def _parse_choice(self, question, value):
        values = value if isinstance(value, list) else [value]
        return self._find_records(question.with_context(active_test=False).option_ids, values)

    def _parse_choices(self, question, value):
        options = question.with_context(active_test=False).option_ids
        if isinstance(value, str):
            whole = self._find_records(options, [value])
            return whole or self._find_records(options, value.replace("،", ",").split(","))
        return self._find_records(options, value if isinstance(value, list) else [value])

    def _parse_products(self, _question, value):
        values = value if isinstance(value, list) else [value]
        if isinstance(value, str):
            values = value.replace("،", ",").split(",")
        Product = self.env["product.product"]
        ids = [each for each in values if _is_id(each)]
        products = Product.search([("id", "in", ids)])
        if len(products) < len(set(ids)):
            return None
        for name in values:
            if isinstance(name, str) and name.strip():
                found = Product.search(
                    [("name", "=ilike", escape_psql(name.strip()))],
                    limit=1,
                )
                found = found or Product.search([("default_code", "=", name.strip())], limit=1)
                if not found:
                    return None
                products |= found
            elif not _is_id(name):
                return None
        return [fields.Command.set(products.ids)] if products else None

    def _find_records(self, records, values):
        """Return the command that sets those of the records that are meant, or None."""
        by_id = {record.id: record for record in records}
        by_name = {record.name.casefold(): record for record in reversed(records)}
        found = records.browse()
        for value in values:
            if _is_id(value):
                match = by_id.get(value)
            else:
                match = by_name.get(value.strip().casefold()) if isinstance(value, str) else None
            if not match:
                return None
            found |= match
        return [fields.Command.set(found.ids)]

    def _parse_text(self, _question, value):
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return None
        text = str(value)
        return text if len(text) <= LONGEST_TEXT else None

    def _parse_number(self, _question, value):
        if isinstance(value, str):
            # Arabic-Indic digits are numbers for `float` as well; only the separators are not
            value = value.replace("٬", "").replace(",", "").replace("٫", ".").replace(" ", "")
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        return number if math.isfinite(number) and abs(number) < LARGEST_NUMBER else None

    def _parse_amount(self, question, value):
        return self._parse_number(question, value)

    def _parse_date(self, _question, value):
        try:
            return datetime.strptime(value[:10], "%Y-%m-%d").date()
        except (TypeError, ValueError):
            return None

    def _make_error(self, question, value):
        kinds = dict(question._fields["kind"]._description_selection(self.env))
        choices = ""
        if question.kind in ("choice", "choices"):
            choices = f" ({', '.join(question.option_ids.mapped('name'))})"
        return ValidationError(
            self.env._(
                "“%(value)s” is no answer to “%(question)s”, which asks for: %(kind)s%(choices)s.",
                value=str(value)[:100],
                question=question.name,
                kind=kinds[question.kind],
                choices=choices,
            )
        )


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31

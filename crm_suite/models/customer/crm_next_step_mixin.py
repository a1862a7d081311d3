from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.misc import clean_context

NEXT_STEP_FIELDS = {"next_step", "next_step_date", "next_step_type_id", "user_id"}


class CrmNextStepMixin(models.AbstractModel):
    """What is to be done next, by when and how: it becomes an activity.

    The model has a `user_id`, and says in `_get_activity_targets` where the activity belongs.
    """

    _name = "crm.next.step.mixin"
    _description = "Next Step"

    next_step = fields.Char(tracking=True, copy=False)
    next_step_date = fields.Date(
        tracking=True, copy=False, help="The next step becomes an activity that is due on this day."
    )
    next_step_type_id = fields.Many2one(
        "mail.activity.type",
        string="Next Step By",
        default=lambda self: self._get_todo_id(),
        domain=[("res_model", "=", False), ("category", "!=", "upload_file")],
        tracking=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="A call is on the call list of the day. A call, a visit, a meeting or a letter that "
        "is done becomes an interaction by itself.",
    )
    next_activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    has_open_step = fields.Boolean(
        "Open Next Step", compute="_compute_has_open_step", search="_search_has_open_step"
    )
    next_step_state = fields.Selection(related="next_activity_id.state", string="Next Step Status")

    @api.constrains("next_step", "next_step_date")
    def _check_next_step(self):
        for record in self:
            if bool(record.next_step) != bool(record.next_step_date):
                raise ValidationError(
                    self.env._("A next step needs both: what is to be done, and by when.")
                )

    @api.depends("next_activity_id.active")
    def _compute_has_open_step(self):
        # sudo: a step is open when the record may be read, whoever is to take it
        for record in self.sudo():
            record.has_open_step = record.next_activity_id.active

    @api.model
    def _search_has_open_step(self, operator, value):
        if operator != "in":
            return NotImplemented
        # any!: core would read every open activity to see which of them the user may read
        is_open = Domain("next_activity_id", "any!", [("active", "=", True)])
        return is_open if True in value else ~is_open

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._sync_next_activity()
        return records

    def write(self, vals):
        result = super().write(vals)
        if NEXT_STEP_FIELDS & set(vals):
            self._sync_next_activity()
        return result

    def _sync_next_activity(self):
        """Keep the activity of the next step in step with what the record says."""
        # sudo: the activity is a consequence of the record, which the user was allowed to
        # edit; a colleague may own the activity
        open_activities = self.sudo().next_activity_id.filtered("active")
        to_create = self.browse()
        to_drop = open_activities.browse()
        changes = {}
        for record in self:
            activity = record.sudo().next_activity_id & open_activities
            if not record.next_step or not record.user_id:
                to_drop += activity
            elif not activity:
                to_create += record
            else:
                values = record._prepare_activity_values()
                if any(
                    activity._fields[name].convert_to_write(activity[name], activity) != value
                    for name, value in values.items()
                ):
                    changes.setdefault(tuple(values.items()), []).append(activity.id)
        to_drop.unlink()
        for values, ids in changes.items():
            open_activities.browse(ids).write(dict(values))
        to_create._create_next_activities()

    def _prepare_activity_values(self):
        self.ensure_one()
        return {
            "summary": self.next_step,
            "date_deadline": self.next_step_date,
            "user_id": self.user_id.id,
            "activity_type_id": self.next_step_type_id.id or self._get_todo_id(),
        }

    @api.model
    def _get_todo_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id("mail.mail_activity_data_todo")

    def _create_next_activities(self):
        if not self:
            return
        targets = [record._get_activity_target() for record in self]
        # the defaults of the screen (default_name, default_user_id) are not meant for activities
        activities = (
            self.env["mail.activity"]  # pylint: disable=context-overridden
            .with_context(clean_context(self.env.context))
            .create(
                [
                    {
                        **record._prepare_activity_values(),
                        "res_model_id": self.env["ir.model"]._get_id(target._name),
                        "res_id": target.id,
                    }
                    for record, target in zip(self, targets, strict=True)
                ]
            )
        )
        for record, activity in zip(self, activities, strict=True):
            # sudo: nobody links an activity by hand
            record.sudo().next_activity_id = activity

    def _get_activity_target(self):
        """The most specific record on which the user may plan, this one itself at last."""
        self.ensure_one()
        for record in self._get_activity_targets():
            if (
                record
                and record.has_access("read")
                and record.has_access(getattr(record, "_mail_post_access", "write"))
            ):
                return record
        return self

    def _get_activity_targets(self):
        """Where the activity of the next step may belong, the best place first.

        :rtype: list of records
        """
        return []

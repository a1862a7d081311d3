from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...lib.pack_format import version_key
from .pack_plan import PackPlan

DAYS_KEPT = 7
CHANGING = ("new", "changed", "conflict", "obsolete")


class CrmCustomizationImport(models.Model):
    """The import of a pack: what it would do, and once it is done, what it did.

    Only this model writes here, after it has checked who asks for what; a user chooses which
    lines are taken.
    """

    _name = "crm.customization.import"
    _description = "Import of a Customization Pack"
    _order = "date desc, id desc"

    pack_id = fields.Many2one("crm.customization.pack", ondelete="set null", index=True)
    name = fields.Char("Pack Name", required=True)
    pack_key = fields.Char("Technical Key", required=True, index=True)
    version = fields.Char(required=True)
    former_version = fields.Char("Version Before")
    document = fields.Json(groups="base.group_system")
    state = fields.Selection(
        [("draft", "To Review"), ("done", "Imported"), ("undone", "Rolled Back")],
        default="draft",
        required=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one("res.users", "Imported By", default=lambda self: self.env.uid)
    date = fields.Datetime(default=fields.Datetime.now)
    undone_user_id = fields.Many2one("res.users", "Rolled Back By")
    undone_date = fields.Datetime("Rolled Back On")
    notice = fields.Text("Please Note")
    line_ids = fields.One2many("crm.customization.import.line", "import_id", "Contents")
    change_line_ids = fields.One2many(
        "crm.customization.import.line",
        "import_id",
        "Changes",
        domain=[("action", "in", CHANGING)],
    )
    same_line_ids = fields.One2many(
        "crm.customization.import.line",
        "import_id",
        "Stays as It Is",
        domain=[("action", "in", ("unchanged", "kept"))],
    )
    impossible_line_ids = fields.One2many(
        "crm.customization.import.line",
        "import_id",
        "Not Possible",
        domain=[("action", "=", "impossible")],
    )
    new_count = fields.Integer("New", compute="_compute_counts")
    changed_count = fields.Integer("Changed", compute="_compute_counts")
    conflict_count = fields.Integer("Conflicts", compute="_compute_counts")
    same_count = fields.Integer("Unchanged", compute="_compute_counts")
    impossible_count = fields.Integer("Not Possible Here", compute="_compute_counts")
    taken_count = fields.Integer("Taken", compute="_compute_counts")

    @api.depends("name", "version")
    def _compute_display_name(self):
        for each in self:
            each.display_name = f"{each.name} {each.version}"

    @api.depends("line_ids.action", "line_ids.is_taken")
    def _compute_counts(self):
        for each in self:
            lines = each.line_ids
            counts = {"new": 0, "changed": 0, "conflict": 0, "same": 0, "impossible": 0}
            for line in lines:
                name = {"unchanged": "same", "kept": "same", "obsolete": "changed"}.get(
                    line.action, line.action
                )
                counts[name] += 1
            for name, count in counts.items():
                each[f"{name}_count"] = count
            each.taken_count = len(lines.filtered("is_taken"))

    # ------------------------------------------------------------------ CRUD

    def write(self, vals):
        if not self.env.su and set(vals) - {"line_ids", "change_line_ids"}:
            raise AccessError(self.env._("Only the lines of an import can be chosen."))
        return super().write(vals)

    # ------------------------------------------------------------------ actions

    def action_import(self):
        """Take the chosen lines, all or nothing, in one transaction."""
        self.ensure_one()
        self.env["crm.customization.pack"]._check_configurator()
        # two clicks at once: the second waits for the first, and finds it done
        # sudo: configurators may not write imports; what is locked is shown to them
        self.sudo().lock_for_update()
        if self.state != "draft":
            raise UserError(self.env._("This import was done already."))
        if self.company_id != self.env.company:
            raise UserError(
                self.env._("This import was prepared in the company %s.", self.company_id.name)
            )
        plan = self._make_plan()
        if self._refresh_lines(plan):
            # sudo: as above
            self.sudo().notice = self.env._(
                "The database has changed since this import was prepared. Please look through it"
                " again before you import."
            )
            return self._get_form_action()
        self._check_needs()
        plan.apply(self)
        # sudo: as above
        self.sudo().write(
            {
                "state": "done",
                "date": fields.Datetime.now(),
                "user_id": self.env.uid,
                "notice": False,
            }
        )
        self._log_change(lambda env: env._("Imported"))
        # forms that are open know nothing of the new fields
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_refresh(self):
        """Compare again with what is there now."""
        self.ensure_one()
        self.env["crm.customization.pack"]._check_configurator()
        if self.state == "draft":
            self._refresh_lines(self._make_plan())
            # sudo: configurators may not write imports
            self.sudo().notice = self._get_notice()
        return self._get_form_action()

    def action_take_needed(self):
        """Also take what the chosen lines need."""
        self.ensure_one()
        if self.state == "draft":
            while missing := self._get_missing_lines():
                missing.is_taken = True

    def action_undo(self):
        """Show what rolling back this import would do; nothing is changed yet."""
        self.ensure_one()
        self.env["crm.customization.pack"]._check_configurator()
        return self.env["crm.customization.rollback"]._start(self)

    # ------------------------------------------------------------------ business

    @api.model
    def _start(self, pack):
        """Prepare the import of a pack.

        :rtype: crm.customization.import
        """
        last = self._get_last(pack.key)
        # sudo: configurators may not write imports
        draft = self.sudo().create(
            {
                "pack_id": pack.id,
                "name": pack.name,
                "pack_key": pack.key,
                "version": pack.version,
                "former_version": last.version,
                "document": pack._get_document(),
            }
        )
        draft = draft.sudo(False)
        draft._refresh_lines(draft._make_plan())
        draft.sudo().notice = draft._get_notice()  # sudo: as above
        return draft

    @api.model
    def _get_last(self, key):
        """Return the last import of any version of a pack that was not rolled back."""
        return self.search(
            [("pack_key", "=", key), ("state", "=", "done")], order="date desc, id desc", limit=1
        )

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "name": self.env._("Import of a Pack"),
        }

    def _get_notice(self):
        """Return what the user should know before he imports, in sentences."""
        document = self.sudo().document  # sudo: read as a whole by nobody but this model
        notices = []
        if self.former_version and version_key(self.former_version) > version_key(self.version):
            notices.append(
                self.env._(
                    "The version %(new)s is older than %(old)s, which was imported before.",
                    new=self.version,
                    old=self.former_version,
                )
            )
        # sudo: which add-ons are there is no secret
        modules = self.env["ir.module.module"].sudo()
        for addon, version in document.get("made_with", {}).items():
            if addon == "odoo":
                continue
            module = modules.search([("name", "=", addon)])
            here = module.installed_version if module.state == "installed" else None
            if not here:
                notices.append(
                    self.env._(
                        "The pack was made with “%s”, which is not installed here.",
                        module.shortdesc or addon,
                    )
                )
            elif version_key(version)[:4] > version_key(here)[:4]:
                notices.append(
                    self.env._(
                        "The pack was made with a newer version of “%s”. Some of it may not be"
                        " possible here.",
                        module.shortdesc or addon,
                    )
                )
        notices.extend(self._get_language_notice(document))
        return "\n".join(notices) or False

    def _get_language_notice(self, document):
        codec = self.env["crm.customization.codec"]
        spoken = {code.partition("_")[0] for code in document.get("languages", [])} | {"en"}
        silent = [code for code in codec._get_languages() if code.partition("_")[0] not in spoken]
        if silent and document["records"]:
            names = dict(self.env["res.lang"].get_installed())
            yield self.env._(
                "The pack has no texts in %s: the English ones are shown.",
                ", ".join(names.get(code, code) for code in silent),
            )

    def _log_change(self, tell):
        """Note in the history of the customization what was imported or rolled back.

        :param tell: function that says in the language of an environment what was done
        """
        # sudo: nobody writes into the history by himself
        changes = self.env["crm.customization.change"].sudo()
        changes.create(
            {
                "action": "write",
                "kind": "pack",
                "name": changes._tell_in_languages(
                    lambda env: f"{self.with_env(env).display_name}: {tell(env)}"
                ),
                "res_model": self._name,
                "res_id": self.id,
                "owner_model": self._name,
                "owner_id": self.id,
                "company_id": self.company_id.id,
            }
        )

    def _make_plan(self):
        return PackPlan(self)

    def _refresh_lines(self, plan):
        """Make the lines say what the plan says; return whether they said something else."""
        values_list = plan.get_line_values()
        former = {line.key: line for line in self.line_ids}
        fresh = {values["key"]: values for values in values_list}
        told = {key: line._get_digest() for key, line in former.items()}
        if told == {
            key: former[key]._get_digest(values) for key, values in fresh.items() if key in former
        } and set(told) == set(fresh):
            return False
        chosen = {key: line.is_taken for key, line in former.items()}
        # sudo: configurators choose lines and do not write what they say
        self.sudo().line_ids.unlink()
        for values in values_list:
            if values["action"] in CHANGING and values["key"] in chosen:
                values["is_taken"] = chosen[values["key"]]
            values["import_id"] = self.id
        self.env["crm.customization.import.line"].sudo().create(values_list)  # sudo: as above
        return True

    def _get_missing_lines(self):
        """Return the lines that chosen lines need and that are not chosen."""
        lines = {line.key: line for line in self.line_ids}
        missing = self.env["crm.customization.import.line"]
        for line in self.line_ids.filtered("is_taken"):
            for key in line.needs or []:
                needed = lines.get(key)
                if needed and needed.action == "new" and not needed.is_taken:
                    missing |= needed
        return missing

    def _check_needs(self):
        if not self.line_ids.filtered("is_taken"):
            raise UserError(self.env._("Nothing is chosen. There is nothing to import."))
        if missing := self._get_missing_lines():
            raise UserError(
                self.env._(
                    "What you chose needs more: %s. Choose it as well, or use “Choose What Is"
                    " Needed”.",
                    ", ".join(f"“{line.name}” ({line.kind_label})" for line in missing),
                )
            )

    # ------------------------------------------------------------------ cron

    @api.autovacuum
    def _gc_drafts(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=DAYS_KEPT)
        drafts = self.search(Domain("state", "=", "draft") & Domain("create_date", "<", limit))
        drafts.unlink()

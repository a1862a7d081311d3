"""What rolling an import back means, and doing it."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError

from ...lib import pack_diff

RESTORE, REMOVE, AGAIN, KEEP = "restore", "remove", "again", "keep"


class PackRollback:
    """The lines of an import that did something, the last one first.

    :param import_: crm.customization.import
    """

    def __init__(self, import_):
        self.env = import_.env
        self.kinds = self.env["crm.customization.registry"]._get_kinds_by_key()
        self.codec = self.env["crm.customization.codec"]
        self.writer = self.env["crm.customization.writer"]
        # sudo: what was there before is read by nobody but the import
        self.lines = import_.sudo().line_ids.filtered("is_taken").sorted(reverse=True)
        self.by_key = {line.key: line for line in import_.sudo().line_ids}  # sudo: as above
        self.keys = {
            (line.res_model, line.res_id): line.key for line in self.by_key.values() if line.res_id
        }

    def judge(self, line):
        """Return what would happen to the record of a line.

        :return: (what, changes, whether it is done unless somebody says no, reason)
        """
        kind = self.kinds.get(line.kind)
        if kind is None:
            return KEEP, [], False, self.env._("The add-on that had it is gone.")
        record = self.get_record(line)
        if line.action == "obsolete":
            return AGAIN, [], not record, None
        if not record:
            return KEEP, [], False, self.env._("It was deleted since.")
        if not record.has_access("write") or not record.has_access("unlink"):
            return KEEP, [], False, self.env._("You have no right to change it.")
        try:
            now = self.codec._read_values(kind, record, self.keys)[0]
        except UserError as error:
            return KEEP, [], False, self.env._("What is here cannot be compared: %s", error.args[0])
        since = pack_diff.compare(line.after or {}, now, kind.attributes)
        if line.action == "new":
            reason = self.env._("It was changed after the import.") if since else None
            return REMOVE, [], not since, reason
        former = self.get_former(line)
        action, changes = pack_diff.judge(now, former, kind.attributes, line.after)
        if action == pack_diff.CONFLICT:
            return RESTORE, changes, False, self.env._("It was changed after the import.")
        if action != pack_diff.CHANGED:
            return KEEP, [], False, self.env._("It is as it was before already.")
        return RESTORE, changes, True, None

    def get_record(self, line):
        kind = self.kinds[line.kind]
        return self.env[kind.model].with_context(active_test=False).browse(line.res_id).exists()

    def get_former(self, line):
        """Return the values that the import changed, as they were."""
        names = {change[0][0] for change in line.changes or []}
        return {name: value for name, value in (line.before or {}).items() if name in names}

    def apply(self, lines):
        """Undo lines, the last one first.

        :param lines: crm.customization.import.line
        """
        fields_ = lines.filtered(lambda line: line.kind == "custom_field")
        # tabs hold fields, and are in use as long as these are there
        tabs = lines.filtered(lambda line: line.kind == "form_tab")
        for line in (lines - fields_ - tabs).sorted(reverse=True):
            self._undo(line)
        removed = {}
        for line in fields_.sorted(reverse=True):
            if self.judge(line)[0] == REMOVE:
                removed[line] = self.get_record(line)
            else:
                self._undo(line)
        if removed:
            records = self.env["crm.custom.field"].union(*removed.values())
            results = self.writer._remove_custom_fields(records)
            for line, record in removed.items():
                line.undo_result, line.undo_reason = results[record]
        for line in tabs.sorted(reverse=True):
            self._undo(line)

    def _undo(self, line):
        what = self.judge(line)[0]
        kind = self.kinds.get(line.kind)
        result, reason = "done", None
        try:
            with self.env.cr.savepoint():
                if what == REMOVE:
                    result, reason = self.writer._remove_record(kind, self.get_record(line))
                elif what == RESTORE:
                    self._restore(line, kind)
                elif what == AGAIN:
                    self._make_again(line, kind)
                else:
                    result, reason = "kept", self.judge(line)[3]
        except (UserError, ValidationError, IntegrityError) as error:
            result, reason = "kept", str(error.args[0])
        line.write({"undo_result": result, "undo_reason": reason})

    def _restore(self, line, kind):
        record = self.get_record(line)
        former = self.get_former(line)
        vals = self.codec._prepare_values(
            former, kind.attributes, self.resolve, line.before, record, exact=True
        )
        self.writer._write_record(kind, record, vals)
        self.codec._write_translations(record, former, kind.attributes)

    def _make_again(self, line, kind):
        if record := self.get_record(line):
            if kind.key == "custom_field":
                self.writer._finish_custom_fields(record)
            elif "active" in record._fields:
                record.active = True
            return
        vals = self.codec._prepare_values(line.before, kind.attributes, self.resolve)
        record = self.writer._create_record(kind, vals)
        self.codec._write_translations(record, line.before, kind.attributes)
        if kind.key == "custom_field":
            self.writer._finish_custom_fields(record)
        line.res_id = record.id

    def resolve(self, key):
        line = self.by_key.get(key)
        record = self.get_record(line) if line and line.res_id else None
        if not record:
            kind = self.kinds.get(key.partition(":")[0])
            record = kind and self.codec._find(kind, key.partition(":")[2])
        if not record:
            raise UserError(self.env._("“%s” is not here any more.", key.partition(":")[2]))
        return record

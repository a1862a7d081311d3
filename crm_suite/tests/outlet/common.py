from datetime import date, datetime

from odoo.fields import Command

from ..studio.common import CustomFieldCase

# A picture of one pixel
PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    b"WjR9awAAAABJRU5ErkJggg=="
)
XSS = '"><script>alert(1)</script>'


class OutletCase(CustomFieldCase):
    """Custom fields of every kind, and where they are shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls._set_aside_customization()
        cls.spain = cls.env.ref("base.es")
        cls.italy = cls.env.ref("base.it")

    def _make_every_kind(self, model, **values):
        """Return a custom field of each kind of a model, by kind."""
        kinds = dict(self.env["crm.custom.field"]._fields["kind"].selection)
        links = {"many2one": "res.country", "many2many": "res.country"}
        made = self._make_fields(
            [
                {
                    "name": f"Test {kind}",
                    "model": model,
                    "kind": kind,
                    "options": ("Gold", "Silver") if kind == "selection" else (),
                    "comodel": links.get(kind),
                    **values,
                }
                for kind in kinds
            ]
        )
        return {field.kind: field for field in made}

    def _get_every_value(self, fields):
        """Return a value for a field of each kind, by technical name."""
        values = {
            "char": f"A {XSS}",
            "text": "First line\nSecond line",
            "html": "<p>Very <b>good</b></p>",
            "integer": 42,
            "float": 2.5,
            "monetary": 1250.5,
            "boolean": True,
            "date": date(2026, 3, 4),
            "datetime": datetime(2026, 3, 4, 5, 6),
            "selection": fields["selection"].option_ids[0].value,
            "many2one": self.spain.id,
            "many2many": [Command.set((self.spain | self.italy).ids)],
            "binary": PIXEL,
            "image": PIXEL,
        }
        return {fields[kind].technical_name: value for kind, value in values.items()}

    def _read_values(self, record, fields):
        """Return the values of a record as they can be compared, by kind."""
        values = {kind: record[field.technical_name] for kind, field in fields.items()}
        return {
            kind: sorted(value.ids) if kind.startswith("many2") else value
            for kind, value in values.items()
        }

    def _place(self, fields, outlet, **values):
        """Show fields in an outlet, as `cora` does."""
        Place = self.env["crm.custom.field.place"].with_user(self.cora)
        return Place.create(
            [{"custom_field_id": field.id, "outlet": outlet, **values} for field in fields]
        )

    def _translate(self, record, text):
        record.with_context(lang="ar_001").name = text

from odoo.tests import tagged

from .common import TicketFieldCommon


@tagged("post_install", "-at_install")
class TestMergeOfTickets(TicketFieldCommon):
    def merge(self, source, target):
        target.with_user(self.manager)._absorb(source.with_user(self.manager))
        target.invalidate_recordset()

    def test_every_kind_comes_along_and_goes_back(self):
        fields = self._make_every_kind("crm.ticket")
        source, target = self.create_ticket(), self.create_ticket()
        source.write(self._get_every_value(fields))
        file_name = fields["binary"]._get_file_name_field()
        source[file_name] = "trace.log"
        empty = self._read_values(target, fields)
        expected = self._read_values(source, fields)
        self.merge(source, target)
        self.assertEqual(self._read_values(target, fields), expected)
        self.assertEqual(target[file_name], "trace.log")
        source.with_user(self.manager).action_undo_merge()
        target.invalidate_recordset()
        self.assertEqual(self._read_values(target, fields), empty)
        self.assertEqual(self._read_values(source, fields), expected)

    def test_what_the_survivor_says_counts(self):
        device, markets = self._make_ticket_fields(
            {"name": "Device"}, {"name": "Markets", "kind": "many2many", "comodel": "res.country"}
        )
        source, target = (
            self.create_ticket(**{device.technical_name: name, markets.technical_name: country.ids})
            for name, country in (("Fax", self.spain), ("Printer", self.italy))
        )
        self.merge(source, target)
        self.assertEqual(target[device.technical_name], "Printer")
        self.assertEqual(target[markets.technical_name], self.spain | self.italy)
        # what was changed since stays
        target[device.technical_name] = "Phone"
        source.with_user(self.manager).action_undo_merge()
        self.assertEqual(target[device.technical_name], "Phone")
        self.assertEqual(target[markets.technical_name], self.italy)

    def test_nothing_goes_to_another_customer(self):
        [device] = self._make_ticket_fields({"name": "Device"})
        source = self.create_ticket(
            partner_id=self.stranger_user.partner_id.id, **{device.technical_name: "Fax"}
        )
        target = self.create_ticket()
        self.merge(source, target)
        self.assertFalse(target[device.technical_name])

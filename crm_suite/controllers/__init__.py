from . import lead_form, lead_import, payment_reminder, portal_rules, statement

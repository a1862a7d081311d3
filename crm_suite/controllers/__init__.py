from . import lead_form, lead_import, statement

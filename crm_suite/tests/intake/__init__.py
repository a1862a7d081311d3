from . import (
    test_api,
    test_import,
    test_known_customer,
    test_lead_form,
    test_lead_form_way,
    test_machine_mail,
    test_mail_to_lead,
    test_origin,
)

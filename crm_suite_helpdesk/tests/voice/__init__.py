from . import (
    test_rating_rights,
    test_survey,
    test_survey_page,
    test_survey_portal,
)

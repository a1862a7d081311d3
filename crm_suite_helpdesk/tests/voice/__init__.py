from . import (
    test_causes,
    test_rating_rights,
    test_survey,
    test_survey_page,
    test_survey_portal,
    test_voice_reports,
    test_voice_tour,
)

from . import test_funnel, test_reports, test_reports_ui, test_pipeline_review
from . import test_history, test_stage_move, test_stage_move_security

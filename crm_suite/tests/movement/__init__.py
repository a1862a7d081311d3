from . import test_funnel, test_history, test_reports, test_stage_move, test_stage_move_security

from . import test_history, test_stage_move, test_stage_move_security

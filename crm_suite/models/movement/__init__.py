from . import crm_lead, crm_stage_move, ir_actions_act_window_view, ir_ui_view

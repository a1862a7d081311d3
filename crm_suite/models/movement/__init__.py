from . import crm_lead, crm_stage_move, crm_timeline, ir_actions_act_window_view, ir_ui_view

from . import test_desk, test_routing, test_sla_clock, test_sla_ladder, test_snooze

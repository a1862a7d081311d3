def migrate(cr, version):
    # The index has other columns now, and a name is made once
    cr.execute("DROP INDEX IF EXISTS crm_sla_clock__one_per_cycle")

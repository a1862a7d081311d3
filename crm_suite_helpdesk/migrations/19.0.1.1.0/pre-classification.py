def migrate(cr, version):
    # No customer has a tier yet: the column is made here, so that the tiers of all tickets are not
    # computed one by one
    cr.execute("ALTER TABLE crm_ticket ADD COLUMN IF NOT EXISTS customer_tier_id integer")
    # Who made a stage for third parties himself does not get a second one
    cr.execute(
        """
        INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
        SELECT 'crm_suite_helpdesk', 'crm_ticket_stage_third', 'crm.ticket.stage', id, TRUE
          FROM crm_ticket_stage
         WHERE type = 'waiting_third'
         ORDER BY active DESC, sequence, id
         LIMIT 1
        ON CONFLICT DO NOTHING
        """
    )

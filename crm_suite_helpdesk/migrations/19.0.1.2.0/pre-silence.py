def migrate(cr, version):
    # Whoever is silent now is silent from now on: nobody is given up for what was before. The
    # columns are made here, so that nothing computes them ticket by ticket.
    cr.execute(
        """
        ALTER TABLE crm_ticket
          ADD COLUMN IF NOT EXISTS silent_since timestamp,
          ADD COLUMN IF NOT EXISTS silence_step varchar,
          ADD COLUMN IF NOT EXISTS silence_step_at timestamp
        """
    )
    cr.execute(
        """
        UPDATE crm_ticket
           SET silent_since = date_trunc('second', now() AT TIME ZONE 'UTC')
         WHERE stage_type = 'waiting_customer'
        """
    )

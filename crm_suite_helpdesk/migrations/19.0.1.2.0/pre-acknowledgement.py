def migrate(cr, version):
    # Desks that are at work do not begin to write to their customers by an update
    cr.execute(
        """
        ALTER TABLE crm_ticket_team
          ADD COLUMN IF NOT EXISTS acknowledge boolean,
          ADD COLUMN IF NOT EXISTS acknowledge_closed boolean
        """
    )

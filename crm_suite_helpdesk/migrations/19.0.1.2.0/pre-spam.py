def migrate(cr, version):
    # Made here, so that it is not computed ticket by ticket. What was marked before is deleted no
    # sooner than what is marked today.
    cr.execute("ALTER TABLE crm_ticket ADD COLUMN IF NOT EXISTS spam_at timestamp")
    cr.execute(
        """
        UPDATE crm_ticket
           SET spam_at = (now() AT TIME ZONE 'UTC')::timestamp(0)
         WHERE stage_type = 'spam'
           AND spam_at IS NULL
        """
    )

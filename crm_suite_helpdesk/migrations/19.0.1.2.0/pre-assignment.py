def migrate(cr, version):
    """Make the columns of assignment, so that nothing computes them ticket by ticket."""
    cr.execute("ALTER TABLE crm_ticket ADD COLUMN IF NOT EXISTS assigned_at timestamp")
    cr.execute("ALTER TABLE crm_ticket ADD COLUMN IF NOT EXISTS untouched_at timestamp")
    cr.execute("UPDATE crm_ticket SET assigned_at = first_assigned_at WHERE user_id IS NOT NULL")

"""Groups that several rooms name on their fields and methods."""

# Who may read what customers owe, each within the customers that he reaches
COLLECTION_READERS = "sales_team.group_sale_salesman,account.group_account_invoice"

# Who sees amounts of orders: who may read all sales documents, and marketing managers
REVENUE_READERS = (
    "sales_team.group_sale_salesman_all_leads,crm_suite_marketing.group_marketing_manager"
)

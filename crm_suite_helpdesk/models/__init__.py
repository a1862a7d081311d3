from . import base, ticket, facts, portal, sla, intake

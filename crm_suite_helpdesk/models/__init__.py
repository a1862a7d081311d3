from . import base, ticket, facts, portal, sla, relation, merge, intake

from . import base, ticket, sla, intake

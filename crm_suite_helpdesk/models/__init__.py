from . import base, intake, sla, ticket

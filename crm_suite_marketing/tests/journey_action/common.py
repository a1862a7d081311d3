from odoo import Command, fields

from ..journey.common import JourneyCommon
from ..outbox.common import OutboxCommon

TEXT = "<p>Hello [[name]], see our <a href='https://example.com/offer'>offer</a></p>"


class ActionCommon(JourneyCommon, OutboxCommon):
    """Journeys of one node, records that stand at it, and what it does to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what waits between people is not what is tested here
        cls.env.company.write({"quiet_hours": False, "cap_messages": 0})

    @classmethod
    def _make_node(cls, kind, user=None, model="res.partner", journey=None, **settings):
        """Return the node of a journey that has no other."""
        journey = cls._make_journey(
            {"act": {"kind": kind, **settings}},
            ["start > act"],
            user,
            model_id=cls.env["ir.model"]._get_id(model),
            **journey or {},
        )
        return journey.draft_version_id.node_ids.filtered(lambda node: node.uid == "act")

    @classmethod
    def _make_message(cls, kind="mail", text=TEXT, values=None, **settings):
        """Return a node with its message, written by hand."""
        node = cls._make_node(kind, **settings)
        node.action_write_message()
        body = (
            {"body_html": text, "body_arch": text} if kind == "mail" else {"body_plaintext": text}
        )
        node.mailing_id.write({"subject": "Step [[name]]", **body, **(values or {})})
        return node

    def _stand(self, node, records, pass_number=1, rotation=1):
        """Let these records come to the node.

        :return: steps, as the engine gives them
        """
        journey = node.journey_id
        Participant = self.env["crm.journey.participant"]
        Step = self.env["crm.journey.step"]
        steps = []
        partners = records._mail_get_partners()
        for record in records:
            partner = partners[record.id][:1]
            values = {
                "journey_id": journey.id,
                "model": record._name,
                "res_id": record.id,
                "state": "running",
            }
            participant = Participant.search([(name, "=", value) for name, value in values.items()])
            participant = participant or Participant.create(
                {
                    **values,
                    "version_id": node.version_id.id,
                    "rotation": rotation,
                    "company_id": journey.company_id.id,
                    "partner_id": partner.id,
                    "entered_at": fields.Datetime.now(),
                }
            )
            participant.step_ids.filtered(lambda one: one.state != "done").state = "done"
            self.env.flush_all()
            step = Step.create(
                {
                    "participant_id": participant.id,
                    "journey_id": journey.id,
                    "node_id": node.id,
                    "node_uid": node.uid,
                    "pass_number": pass_number,
                    "state": "claimed",
                    "entered_at": fields.Datetime.now(),
                }
            )
            steps.append(
                {
                    "id": step.id,
                    "participant_id": participant.id,
                    "res_id": record.id,
                    "partner_id": partner.id,
                    "model": record._name,
                    "pass_number": pass_number,
                    "attempt": 1,
                    "entered_at": step.entered_at,
                }
            )
        self.env.flush_all()
        return steps

    def _act(self, node, steps):
        """Do what the node does, as the engine lets it.

        :return: ``{id of the record: Outcome}``, of those that are not simply done
        """
        journey = node.journey_id
        acting = node.with_user(journey.user_id).with_company(journey.company_id)
        outcomes = getattr(acting, f"_run_{node.kind}")(steps)
        self.env.flush_all()
        return {
            step["res_id"]: outcomes[step["id"]]
            for step in steps
            if step["id"] in outcomes and outcomes[step["id"]].state != "done"
        }

    def _pass(self, node, records, pass_number=1):
        """Let records come to the node, and the node act."""
        return self._act(node, self._stand(node, records, pass_number))

    @classmethod
    def _make_leads(cls, *partners, **values):
        return cls.env["crm.lead"].create(
            [{"name": f"Lead {one.name}", "partner_id": one.id, **values} for one in partners]
        )

    @classmethod
    def _grant(cls, user, *groups):
        user.sudo().group_ids = [Command.link(cls.env.ref(group).id) for group in groups]

from datetime import datetime, timedelta

from ..journey.common import JourneyCommon

START = datetime(2026, 3, 2, 9, 0)


class ReportCommon(JourneyCommon):
    """A welcome that was launched, and people who are somewhere in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journey = cls._go_live(
            cls._make_journey(
                {
                    "start": {"trigger": "manual"},
                    "wait": {"kind": "wait", "name": "Two days", "amount": 2, "unit": "days"},
                    "ask": {"kind": "branch", "name": "Belgian?", "domain": "[]"},
                    "goal": {"kind": "goal", "name": "Ordered"},
                    "bye": {"kind": "exit", "name": "Bye"},
                },
                [
                    "start > wait",
                    "wait > ask",
                    "ask.yes > goal",
                    "ask.no > bye",
                ],
                name="Welcome",
            )
        )
        cls.version = cls.journey.live_version_id
        cls.nodes = {node.uid: node for node in cls.version.node_ids}

    @classmethod
    def _enter(cls, contact, version=None, entered_at=START, **values):
        """Make a participant as the engine leaves one."""
        version = version or cls.version
        # the engine writes these by SQL; nobody else may
        return (
            cls.env["crm.journey.participant"]
            .sudo()
            .create(
                {
                    "journey_id": version.journey_id.id,
                    "version_id": version.id,
                    "company_id": version.journey_id.company_id.id,
                    "model": contact._name,
                    "res_id": contact.id,
                    "partner_id": contact.id if contact._name == "res.partner" else False,
                    "entered_at": entered_at,
                    "trigger_uid": "start",
                    **values,
                }
            )
        )

    @classmethod
    def _visit(cls, participant, uid, state="done", hours=0, at=None, **values):
        """Make a step of a participant, which he left after so many hours."""
        node = participant.version_id.node_ids.filtered(lambda one: one.uid == uid)
        at = at or participant.entered_at
        is_open = state in ("waiting", "due", "claimed", "failed")
        return (
            cls.env["crm.journey.step"]
            .sudo()
            .create(
                {
                    "participant_id": participant.id,
                    "journey_id": participant.journey_id.id,
                    "node_id": node.id,
                    "node_uid": uid,
                    "state": state,
                    "entered_at": at,
                    "done_at": False if is_open else at + timedelta(hours=hours),
                    **values,
                }
            )
        )

    @classmethod
    def _deliver(cls, step, opened=False, clicked=False, **values):
        """Make the message of a step, with its row of the statistics."""
        mailing = cls._create_mailing()
        participant = step.participant_id
        at = step.entered_at
        trace = (
            cls.env["mailing.trace"]
            .sudo()
            .create(
                {
                    "mass_mailing_id": mailing.id,
                    "model": participant.model,
                    "res_id": participant.res_id,
                    "email": "somebody@customer.example.com",
                    "trace_status": "sent",
                    "sent_datetime": at,
                    "open_datetime": at if opened or clicked else False,
                    "links_click_datetime": at if clicked else False,
                }
            )
        )
        outbox = (
            cls.env["crm.outbox"]
            .sudo()
            .create(
                {
                    "mailing_id": mailing.id,
                    "model": participant.model,
                    "res_id": participant.res_id,
                    "partner_id": participant.partner_id.id,
                    "address": "somebody@customer.example.com",
                    "state": "sent",
                    "sent_at": at,
                    "idem_key": f"test:{step.id}",
                    "trace_id": trace.id,
                    **values,
                }
            )
        )
        step.sudo().outbox_id = outbox
        return outbox

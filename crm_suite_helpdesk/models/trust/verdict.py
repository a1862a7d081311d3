from typing import NamedTuple


class Verdict(NamedTuple):
    """What the gateway has found out about the sender of a mail.

    It is passed in the context, where RPC cannot put one.

    :param reason: why he was not believed, a reason of `crm.ticket.unverified`
    :param is_agent: one of ours wrote it, and one of our mail servers says so
    :param partner_id: whom the mail names as its author
    :param source_id: the ticket that the mail answers, where its sender has nothing to say
    :param was_note: the mail answers a note
    :param is_own_address: one of our own addresses is named as the sender
    :param is_unheard: a blocked sender, or an answer to spam: kept, and nobody is asked
    """

    reason: str | None = None
    is_agent: bool = False
    partner_id: int | None = None
    source_id: int | None = None
    was_note: bool = False
    is_unheard: bool = False
    is_own_address: bool = False


# The context key
VERDICT = "crm_mail_verdict"


def get_verdict(env):
    """The verdict on the mail that is being processed; an empty one where there is none."""
    verdict = env.context.get(VERDICT)
    return verdict if isinstance(verdict, Verdict) else Verdict()

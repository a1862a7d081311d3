"""What a program sends to change a draft is looked at before it reaches the database."""

import re

from odoo.exceptions import UserError

MOST = 1000
FARTHEST = 1_000_000
UID = re.compile(r"[a-z0-9_]{1,32}")


def read_list(env, operations):
    """:return: the operations, when they are a list of dictionaries of a reasonable length"""
    if (
        not isinstance(operations, list)
        or len(operations) > MOST
        or not all(isinstance(one, dict) for one in operations)
    ):
        raise UserError(env._("The change cannot be read."))
    return operations


def read_place(env, *values):
    """:return: whole numbers within the canvas"""
    try:
        return [max(-FARTHEST, min(FARTHEST, int(value))) for value in values]
    except (TypeError, ValueError, OverflowError):
        raise UserError(env._("The change cannot be read.")) from None


def read_uid(env, value):
    """:return: a key for a new node"""
    if not isinstance(value, str) or not UID.fullmatch(value):
        raise UserError(env._("The change cannot be read."))
    return value

"""The error with which an operator's command ends."""


class CommandError(Exception):
    """What failed, the value, and what to do. The command prints this text as it is."""

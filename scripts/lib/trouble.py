"""What the operator's commands end with when something was not done."""


class Trouble(Exception):
    """Why it was not done, and what to do: shown as it is."""

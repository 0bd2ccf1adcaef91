"""`make drill`: a person orders and blocks the bot; the drill checks in the table that the credit was refunded."""

import time

from errors import CommandError

POLL_SECS = 5


def drill(operator, person: int) -> None:
    """Rehearses a refund with a test account. `operator` is an `operate.Operator`."""
    stage, outputs, parameters = operator.stage, operator.outputs(), operator.parameters()
    ledger = Ledger(operator.session.client("dynamodb"), outputs["TableName"], person)
    before = ledger.balance()
    if before is None:
        raise CommandError(f"the table has no account {person}. Send /start to the bot from the test account first")
    if before < 1:
        raise CommandError("the test account has no credits: give it some with ops grant")
    known = ledger.entries()
    operator.say(f"drill        a refund, for real, on {stage.stack}. The test account {person} has {before} credits")
    operator.ask("1 of 2       From the test account order ONE video and confirm it. Press Enter when the bot has accepted the order: ")
    charges = [key for key, it in ledger.entries().items() if key not in known and it["kind"] == "charge"]
    if len(charges) != 1:
        raise CommandError(f"{len(charges)} new charges in the ledger, not one. Nothing else was done. Run the drill again")
    job, price = charges[0].removeprefix("LEDGER#CHARGE#"), -ledger.entries()[charges[0]]["amount"]
    operator.say(f"             charged {price}: job {job}, balance {ledger.balance()}")
    operator.ask("2 of 2       Now block the bot in the test account, before the video comes. Press Enter when it is blocked: ")
    limit = sum(int(parameters[it]) for it in ("GenerationDeadlineSecs", "DeliveryDeadlineSecs", "LeaseSecs")) + 120
    operator.say(f"             waiting for the refund: minutes as a rule, {limit // 60} at most", flush=True)
    settlement, until = None, time.monotonic() + limit
    while settlement is None:
        if time.monotonic() > until:
            raise CommandError(f"FAILED: the job {job} was not settled in time. Follow oldest-open-job in docs/runbook.md")
        operator.sleep(POLL_SECS)
        settlement = ledger.entries().get(f"LEDGER#SETTLEMENT#{job}")
    if settlement["kind"] == "capture":
        raise CommandError("the video had arrived before the bot was blocked: no refund was due. Unblock the bot and run the drill again")
    after, total = ledger.balance(), sum(it["amount"] for it in ledger.entries().values())
    wrong = [
        text
        for text, right in (
            (f"{settlement['amount']} came back, not {price}", settlement["amount"] == price),
            (f"the balance is {after}, it was {before}", after == before),
            (f"the ledger sums to {total}, the balance is {after}", total == after),
        )
        if not right
    ]
    if wrong:
        raise CommandError("FAILED: " + "; ".join(wrong) + ". Follow invariant-violated in docs/runbook.md")
    operator.say(f"PASSED       {price} came back ({settlement['note']}), the balance is {after} as before, and the ledger sums to it")
    operator.say("             Unblock the bot. /balance and /videos in the test account show the same")


class Ledger:
    """The ledger entries and the balance of one person, as shared/adapters/src/table/items.rs stores them."""

    def __init__(self, database, table: str, person: int):
        self.database, self.table, self.partition = database, table, {"S": f"USER#{person}"}

    def balance(self) -> int | None:
        found = self.database.get_item(TableName=self.table, Key={"pk": self.partition, "sk": {"S": "PROFILE"}}, ConsistentRead=True)
        return int(found["Item"]["balance"]["N"]) if "Item" in found else None

    def entries(self) -> dict[str, dict]:
        entries, start = {}, {}
        while True:
            page = self.database.query(
                TableName=self.table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": self.partition, ":prefix": {"S": "LEDGER#"}},
                **start,
            )
            for it in page["Items"]:
                entries[it["sk"]["S"]] = {"kind": it["kind"]["S"], "amount": int(it["amount"]["N"]), "note": it.get("note", {}).get("S", "")}
            if "LastEvaluatedKey" not in page:
                return entries
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

"""`make drill`: a person orders, blocks the bot and comes back; the drill checks in the table that the film waited for them."""

import time

from errors import CommandError

POLL_SECS = 5


def drill(operator, person: int) -> None:
    """Rehearses a held film with a test account. `operator` is an `operate.Operator`."""
    stage, outputs, parameters = operator.stage, operator.outputs(), operator.parameters()
    ledger = Ledger(operator.session.client("dynamodb"), outputs["TableName"], person)
    before = ledger.balance()
    if before is None:
        raise CommandError(f"the table has no account {person}. Send /start to the bot from the test account first")
    if before < 1:
        raise CommandError("the test account has no credits: give it some with ops grant")
    known = ledger.entries()
    operator.say(f"drill        a held film, for real, on {stage.stack}. The test account {person} has {before} credits")
    operator.ask("1 of 3       From the test account order ONE video and confirm it. Press Enter when the bot has accepted the order: ")
    charges = [key for key, it in ledger.entries().items() if key not in known and it["kind"] == "charge"]
    if len(charges) != 1:
        raise CommandError(f"{len(charges)} new charges in the ledger, not one. Nothing else was done. Run the drill again")
    job, price = charges[0].removeprefix("LEDGER#CHARGE#"), -ledger.entries()[charges[0]]["amount"]
    operator.say(f"             charged {price}: job {job}, balance {ledger.balance()}")
    operator.ask("2 of 3       Now block the bot in the test account, before the video comes. Press Enter when it is blocked: ")
    limit = sum(int(parameters[it]) for it in ("GenerationDeadlineSecs", "DeliveryDeadlineSecs", "LeaseSecs")) + 120
    operator.say(f"             waiting until the film is held: minutes as a rule, {limit // 60} at most", flush=True)

    def until(done, limit: int) -> None:
        end = time.monotonic() + limit
        while not done():
            if time.monotonic() > end:
                raise CommandError(f"FAILED: the job {job} did not come so far in time. Follow oldest-open-job in docs/runbook.md")
            operator.sleep(POLL_SECS)

    until(lambda: ledger.is_held(job) or ledger.settlement(job), limit)
    settlement = ledger.settlement(job)
    if settlement and settlement["kind"] == "capture":
        raise CommandError("the video had arrived before the bot was blocked: there was nothing to hold. Unblock the bot and run the drill again")
    if settlement:
        raise CommandError(f"the video was not made, and {settlement['amount']} came back ({settlement['note']}). Run the drill again")
    operator.say(f"             the film is held, the charge stays: balance {ledger.balance()}")
    operator.ask("3 of 3       Now unblock the bot in the test account. Press Enter when the film has come: ")
    until(lambda: ledger.settlement(job), int(parameters["DeliveryDeadlineSecs"]) + int(parameters["LeaseSecs"]))
    settlement, after = ledger.settlement(job), ledger.balance()
    total = sum(it["amount"] for it in ledger.entries().values())
    wrong = [
        text
        for text, right in (
            (f"the settlement is a {settlement['kind']}, not a capture", settlement["kind"] == "capture"),
            (f"the balance is {after}, it was {before} and the film cost {price}", after == before - price),
            (f"the ledger sums to {total}, the balance is {after}", total == after),
        )
        if not right
    ]
    if wrong:
        raise CommandError("FAILED: " + "; ".join(wrong) + ". Follow invariant-violated in docs/runbook.md")
    operator.say(f"PASSED       the film waited, came on the return, and cost {price} once: the balance is {after}, and the ledger sums to it")


class Ledger:
    """The ledger entries and the balance of one person, as shared/adapters/src/table/items.rs stores them."""

    def __init__(self, database, table: str, person: int):
        self.database, self.table, self.partition = database, table, {"S": f"USER#{person}"}

    def balance(self) -> int | None:
        found = self.database.get_item(TableName=self.table, Key={"pk": self.partition, "sk": {"S": "PROFILE"}}, ConsistentRead=True)
        return int(found["Item"]["balance"]["N"]) if "Item" in found else None

    def is_held(self, job: str) -> bool:
        """A held film is stored as a ready one with its checks (shared/domain/src/job/state.rs)."""
        found = self.database.get_item(TableName=self.table, Key={"pk": self.partition, "sk": {"S": f"JOB#{job}"}}, ConsistentRead=True)
        return "held" in found.get("Item", {}).get("delivery", {}).get("M", {})

    def settlement(self, job: str) -> dict | None:
        return self.entries().get(f"LEDGER#SETTLEMENT#{job}")

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

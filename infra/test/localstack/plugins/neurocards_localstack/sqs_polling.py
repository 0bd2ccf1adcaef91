"""SQS event source mappings that honour ScalingConfig.MaximumConcurrency and wake at once.

LocalStack's own poller handles one batch at a time whatever MaximumConcurrency says, and sleeps up to 10 s after an
empty poll. Two batches of one job running at the same time is exactly what leases are for, so the tests need it.
Here a slot is taken before each receive (no message is held while it waits for a slot), the receive is a long poll,
and the batch is handled on a pool. FIFO queues and pipes keep the original poller.
Switched off by LAMBDA_PROCESS_SQS_POLLING=0.
"""

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from localstack.runtime import hooks

LOG = logging.getLogger(__name__)
# Where the mapping sets no MaximumConcurrency: Lambda starts with five pollers.
DEFAULT_CONCURRENCY = 5
# Long enough to keep an idle queue cheap, short enough for a deleted mapping to notice.
LONG_POLL_SECS = 2
RECEIVE_MAX = 10


@hooks.on_infra_start(should_load=os.environ.get("LAMBDA_PROCESS_SQS_POLLING", "1") != "0")
def install():
    from localstack.aws.api.sqs import MessageSystemAttributeName
    from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    original_start, original_poll, original_close = EsmWorker.start, SqsPoller.poll_events, SqsPoller.close

    def start(worker):
        poller = worker.poller
        if isinstance(poller, SqsPoller) and not poller.is_fifo_queue:
            limit = (worker.esm_config.get("ScalingConfig") or {}).get("MaximumConcurrency") or DEFAULT_CONCURRENCY
            poller.slots = threading.Semaphore(limit)
            poller.pool = ThreadPoolExecutor(limit, thread_name_prefix="sqs-mapping")
        original_start(worker)

    def poll_events(poller):
        """One turn of the mapping's loop, which checks between turns whether it was deleted."""
        if not hasattr(poller, "slots"):
            return original_poll(poller)
        if not poller.slots.acquire(timeout=1):
            return None
        messages = []
        try:
            messages = poller.source_client.receive_message(
                QueueUrl=poller.queue_url,
                MaxNumberOfMessages=min(poller.batch_size, RECEIVE_MAX),
                WaitTimeSeconds=LONG_POLL_SECS,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=[MessageSystemAttributeName.All],
                sqs_override_max_message_count=poller.batch_size,  # LocalStack's own way past ten
            ).get("Messages", [])
        finally:
            if not messages:
                poller.slots.release()
        if messages:
            poller.pool.submit(handle, poller, messages)

    def handle(poller, messages):
        try:
            poller.handle_messages(messages)  # invokes, then deletes what the function did not report as failed
        except Exception as e:  # the whole batch failed: SQS shows it again after the visibility timeout
            LOG.warning("SQS batch from %s failed: %s", poller.source_arn, e)
        finally:
            poller.slots.release()

    def close(poller):
        if hasattr(poller, "pool"):
            poller.pool.shutdown(wait=False)
        original_close(poller)

    EsmWorker.start, SqsPoller.poll_events, SqsPoller.close = start, poll_events, close

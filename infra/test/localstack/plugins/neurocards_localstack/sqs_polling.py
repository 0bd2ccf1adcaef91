"""SQS event source mappings that honour ScalingConfig.MaximumConcurrency and receive messages at once.

LocalStack's own poller handles one batch at a time, ignores MaximumConcurrency, and sleeps up to 10 s after an empty poll.
The tests of leases need two concurrent batches of one job. This poller takes a slot before each receive, so no received
message waits for a slot. It receives by long polling and handles each batch on a thread pool. FIFO queues and pipes keep
LocalStack's poller. LAMBDA_PROCESS_SQS_POLLING=0 switches this plugin off.
"""

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from localstack.runtime import hooks

LOG = logging.getLogger(__name__)
# For a mapping without MaximumConcurrency: Lambda starts with five pollers.
DEFAULT_CONCURRENCY = 5
# A longer poll would delay the end of a deleted mapping; a shorter one would make an idle queue expensive.
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
        """One iteration of the mapping's loop. Between iterations the loop checks whether the mapping was deleted."""
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
                sqs_override_max_message_count=poller.batch_size,  # LocalStack's parameter for more than ten messages
            ).get("Messages", [])
        finally:
            if not messages:
                poller.slots.release()
        if messages:
            poller.pool.submit(handle, poller, messages)

    def handle(poller, messages):
        try:
            poller.handle_messages(messages)  # invokes the function, then deletes the messages that it did not report as failed
        except Exception as e:  # the whole batch failed: SQS delivers it again after the visibility time-out
            LOG.warning("SQS batch from %s failed: %s", poller.source_arn, e)
        finally:
            poller.slots.release()

    def close(poller):
        if hasattr(poller, "pool"):
            poller.pool.shutdown(wait=False)
        original_close(poller)

    EsmWorker.start, SqsPoller.poll_events, SqsPoller.close = start, poll_events, close

"""Stacks that keep what their template says to keep: DeletionPolicy RetainExceptOnCreate.

LocalStack knows the word and then deletes the resource: its engine keeps those under plain Retain alone (and says so in a
TODO). On AWS the two differ only in what becomes of a stack whose very first creation fails; LocalStack removes nothing then.
So, whenever it is asked to remove such a resource, plain Retain is what AWS would do.
"""

from localstack.runtime import hooks


@hooks.on_infra_start()
def neurocards_retained():
    from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
    from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
    from localstack.services.cloudformation.engine.v2.change_set_model_preproc import DeletionPolicy

    original = ChangeSetModelExecutor._execute_resource_change

    def execute_resource_change(executor, name, before, after):
        removed = is_nothing(after) and not is_nothing(before)
        if removed and before.deletion_policy == DeletionPolicy.RetainExceptOnCreate:
            before.deletion_policy = DeletionPolicy.Retain
        original(executor, name, before, after)

    ChangeSetModelExecutor._execute_resource_change = execute_resource_change

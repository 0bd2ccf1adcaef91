"""Keeps the resources with DeletionPolicy RetainExceptOnCreate when a stack is deleted.

LocalStack's engine keeps only resources with the policy Retain (a TODO in its code says so). On AWS the two policies differ
only for a stack whose first creation fails, and LocalStack removes no resource in that case. So this plugin treats
RetainExceptOnCreate as Retain whenever LocalStack removes a resource.
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

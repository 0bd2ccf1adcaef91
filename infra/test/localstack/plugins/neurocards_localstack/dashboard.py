"""Provides the resource type AWS::CloudWatch::Dashboard with LocalStack's own PutDashboard.

LocalStack ignores this resource type, although its CloudWatch has dashboards. With this plugin the engine resolves the
dashboard's body as on AWS, and a test can read the dashboard.
"""

from localstack.services.cloudformation import provider_utils as util
from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

TYPE = "AWS::CloudWatch::Dashboard"


class DashboardProvider(ResourceProvider[dict]):
    TYPE = TYPE
    # The part of CloudFormation's schema that the engine reads: the value of `Ref`, and the properties that cannot change in place.
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/DashboardName"],
        "createOnlyProperties": ["/properties/DashboardName"],
    }

    def create(self, request: ResourceRequest[dict]) -> ProgressEvent[dict]:
        model = request.desired_state
        if not model.get("DashboardName"):
            model["DashboardName"] = util.generate_default_name(request.stack_name, request.logical_resource_id)
        return self._put(request)

    def update(self, request: ResourceRequest[dict]) -> ProgressEvent[dict]:
        request.desired_state.setdefault("DashboardName", request.previous_state["DashboardName"])
        return self._put(request)

    def delete(self, request: ResourceRequest[dict]) -> ProgressEvent[dict]:
        request.aws_client_factory.cloudwatch.delete_dashboards(DashboardNames=[request.desired_state["DashboardName"]])
        return ProgressEvent(OperationStatus.SUCCESS, resource_model={})

    def _put(self, request: ResourceRequest[dict]) -> ProgressEvent[dict]:
        model = request.desired_state
        request.aws_client_factory.cloudwatch.put_dashboard(
            DashboardName=model["DashboardName"], DashboardBody=model["DashboardBody"]
        )
        return ProgressEvent(OperationStatus.SUCCESS, resource_model=model)


class DashboardProviderPlugin(CloudFormationResourceProviderPlugin):
    name = TYPE

    def load(self):
        self.factory = DashboardProvider

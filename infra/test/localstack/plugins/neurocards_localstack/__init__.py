"""LocalStack plugins of this project. The README.md of the folder `localstack` describes them.

executor     runs a function's bootstrap as a process, and names the result of an invocation as Lambda does
sandbox      one function process and its Lambda Runtime API
activity     files for tests: invocation counts, busy process ids, function output
sqs_polling  SQS event source mappings that honour MaximumConcurrency and receive at once
dashboard    the resource type AWS::CloudWatch::Dashboard
retained     deleted stacks that keep the resources with DeletionPolicy RetainExceptOnCreate
"""

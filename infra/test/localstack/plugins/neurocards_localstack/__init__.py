"""LocalStack plugins of this project: see README.md one folder up.

executor     which process runs a function, and what an invocation's end is called
sandbox      one function process and the Lambda Runtime API it talks to
activity     what tests may look at: invocation counts, busy process ids, function output
sqs_polling  SQS event source mappings that honour MaximumConcurrency and wake at once
dashboard    CloudFormation's AWS::CloudWatch::Dashboard
retained     stacks that keep what their template says to keep
"""

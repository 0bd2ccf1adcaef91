"""Tests the computing of a deploy's parameters, with the parser of the pinned SAM CLI."""

import tempfile
import unittest
from pathlib import Path

from samcli.cli.types import CfnParameterOverridesType
from samcli.commands.deploy.deploy_context import DeployContext
from samcli.yamlhelper import yaml_parse

from errors import CommandError
from operate import TEMPLATE, Stage
from parameters import changes, chosen, complete, for_sam

SMALL = """
Parameters:
  AdminIds: {Type: String, Default: ""}
  WelcomeCredits: {Type: Number, Default: 2}
  Waits: {Type: String, Default: "30,60"}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${WelcomeCredits}", Tags: !If [A, !Ref B, 0]}}
"""
AWKWARD = ("", " ", "7, 8", " 7 ", "a=b", "https://host/?a=1&b=2", 'say "it"', '"', "'", "'7'", '"7"', "it's", "rate(1 minute)", "$HOME", "*", "a;b|c",
           "ParameterKey=AdminIds,ParameterValue=7", "AdminIds=7 WelcomeCredits=9", "file://x", "ё", "-1", "{}")  # fmt: skip


class Parameters(unittest.TestCase):
    def small(self, more=""):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        template = Path(folder.name, "small.yaml")
        template.write_text(SMALL.replace("Resources:", more + "Resources:"))
        return template

    def sent(self, arguments):
        """The parameters as `sam deploy` sends them to CloudFormation for an existing stack."""
        overrides = CfnParameterOverridesType().convert(tuple(arguments), None, None)
        return DeployContext.merge_parameters(yaml_parse(TEMPLATE.read_text()), overrides)

    def test_every_stage_sends_a_value_for_every_parameter_of_the_template(self):
        for name in ("dev", "prod"):
            values = complete(Stage.named(name).parameters, TEMPLATE)
            listed = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
            # No "UsePreviousValue", by which the running stack's value would stay.
            self.assertEqual(self.sent(for_sam(values)), listed)
            self.assertGreater(len(listed), 50)

    def test_a_removed_line_brings_back_the_default(self):
        lines = ["AdminIds=7, 8", "WelcomeCredits=5"]
        self.assertEqual(complete(chosen(lines), self.small()), {"AdminIds": "7, 8", "WelcomeCredits": "5", "Waits": "30,60"})
        self.assertEqual(complete(chosen(lines[1:]), self.small()), {"AdminIds": "", "WelcomeCredits": "5", "Waits": "30,60"})

    def test_every_value_reaches_cloudformation_unchanged(self):
        for value in AWKWARD:
            with self.subTest(value):
                values = {"AdminIds": value, "WelcomeCredits": "2"}
                self.assertEqual(CfnParameterOverridesType().convert(tuple(for_sam(values)), None, None), values)

    def test_a_backslash_is_refused_by_the_name_of_its_parameter(self):
        for value in ("\\", "a\\ b", 'a\\"b'):
            with self.subTest(value), self.assertRaisesRegex(CommandError, "AdminIds.*backslash"):
                for_sam({"AdminIds": value})

    def test_an_unknown_name_is_named(self):
        with self.assertRaisesRegex(CommandError, "small.yaml has no parameter AdminId, Waitz:"):
            complete({"AdminId": "7", "Waits": "1", "Waitz": "1"}, self.small())

    def test_a_parameter_without_a_value_is_named(self):
        with self.assertRaisesRegex(CommandError, "small.yaml has no default for BotName:"):
            complete({}, self.small("  BotName: {Type: String}\n"))

    def test_a_malformed_line_is_named(self):
        for lines, named in (
            (["AdminIds"], "'AdminIds': write it as Name=value"),
            (["=7"], "'=7': write it as Name=value"),
            ([7], "7: write it as Name=value"),
            (["AdminIds=7", "AdminIds=8"], "sets AdminIds twice, to '7' and to '8'"),
            ("AdminIds=7", "write a list"),
        ):
            with self.subTest(lines), self.assertRaisesRegex(CommandError, named):
                chosen(lines)

    def test_a_change_shows_both_values_and_a_new_parameter_is_no_change(self):
        running = {"AdminIds": "7, 8", "WelcomeCredits": "2", "Gone": "1"}
        self.assertEqual(changes(running, {"AdminIds": "8", "WelcomeCredits": "2", "New": "1"}), ['AdminIds was "7, 8", becomes "8"'])


if __name__ == "__main__":
    unittest.main()

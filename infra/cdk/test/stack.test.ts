// Compares the synthesized template with infra/template.yaml, resource by resource. `check` synthesizes it and passes its folder in CDK_OUTDIR.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, type CollectionTag, type ScalarTag } from "yaml";
import { parameterArguments } from "../lib/parameters.js";
import { FUNCTIONS } from "../lib/stack.js";
import { stageOf } from "../lib/stage.js";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Resource { Type: string; Properties?: { [key: string]: Json } }
interface Template { Parameters: Record<string, { Default?: Json }>; Resources: Record<string, Resource>; Outputs: Record<string, Json>; [section: string]: unknown }

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const outdir = process.env["CDK_OUTDIR"] ?? at("../cdk.out");
const read = (path: string): Template => JSON.parse(readFileSync(path, "utf8")) as Template;

/** Reads infra/template.yaml without the CDK: !Ref x becomes {Ref: x}, any other short form becomes {"Fn::...": x}. */
function sam(): Template {
  const long = (name: string): string => (name === "Ref" || name === "Condition" ? name : `Fn::${name}`);
  const names = ["Ref", "GetAtt", "Sub", "If", "Not", "Equals", "Select", "Split", "Join"];
  const scalars: ScalarTag[] = names.map((name) => ({ tag: `!${name}`, resolve: (text: string) => ({ [long(name)]: text }) }));
  const lists: CollectionTag[] = names.map((name) => ({
    tag: `!${name}`,
    collection: "seq",
    resolve: (list) => ({ [long(name)]: (list as { toJSON(): Json }).toJSON() }),
  }));
  return JSON.parse(JSON.stringify(parse(readFileSync(at("../../template.yaml"), "utf8"), { customTags: [...scalars, ...lists] }))) as Template;
}

const template = sam();
const synthesized = read(`${outdir}/NeuroCards.template.json`);
const stage = stageOf(at("../../samconfig.toml"), "dev");
const ofType = (from: Template, type: string): string[] =>
  Object.keys(from.Resources).filter((name) => from.Resources[name]?.Type === type).sort();

for (const [what, type, least] of [
  ["functions", "AWS::Serverless::Function", FUNCTIONS.length],
  ["queues", "AWS::SQS::Queue", 5],
  ["queue policies", "AWS::SQS::QueuePolicy", 1],
  ["bucket policies", "AWS::S3::BucketPolicy", 1],
  ["roles", "AWS::IAM::Role", FUNCTIONS.length],
  ["alarms", "AWS::CloudWatch::Alarm", 14],
  ["dashboards", "AWS::CloudWatch::Dashboard", 1],
  ["saved queries", "AWS::Logs::QueryDefinition", 4],
] as const) {
  test(`the same ${what}`, () => {
    const names = ofType(template, type);
    assert.ok(names.length >= least, `${names.length} ${what} in infra/template.yaml`);
    assert.deepEqual(ofType(synthesized, type), names);
    for (const name of names) {
      const { CodeUri: _ours, ...ours } = template.Resources[name]?.Properties ?? {};
      const { CodeUri: _theirs, Tags: _tags, ...theirs } = synthesized.Resources[name]?.Properties ?? {};
      assert.deepEqual(theirs, ours, name);
    }
  });
}

test("no other resource, and the same outputs, conditions, globals and transform", () => {
  assert.deepEqual(Object.keys(synthesized.Resources).sort(), Object.keys(template.Resources).sort());
  for (const section of ["Outputs", "Conditions", "Globals", "Transform"]) {
    assert.deepEqual(synthesized[section], template[section], section);
  }
});

test("the table and the bucket are kept when the stack is deleted", () => {
  for (const name of ["Table", "MediaBucket"]) {
    const policies = (from: Template): unknown[] => {
      const { DeletionPolicy, UpdateReplacePolicy } = from.Resources[name] as unknown as Record<string, unknown>;
      return [DeletionPolicy, UpdateReplacePolicy];
    };
    assert.deepEqual(policies(synthesized), policies(template));
    assert.deepEqual(policies(template), ["RetainExceptOnCreate", "Retain"]);
  }
});

test("the parameters are the template's, with the stage's settings for defaults", () => {
  const { BootstrapVersion: _cdk, ...parameters } = synthesized.Parameters;
  const expected = structuredClone(template.Parameters);
  for (const [name, value] of Object.entries(stage.parameters)) {
    const parameter = expected[name];
    assert.ok(parameter, `${name} of infra/samconfig.toml is a parameter`);
    parameter.Default = typeof parameter.Default === "number" ? Number(value) : value;
  }
  assert.deepEqual(parameters, expected);
});

test("a deploy sends every parameter, so a line removed from the settings brings back the default", () => {
  const sent = parameterArguments(synthesized as Parameters<typeof parameterArguments>[0]);
  assert.deepEqual(sent.filter((_, at) => at % 2 === 0), Object.keys(synthesized.Parameters).map(() => "--parameters"));
  const values = sent.filter((_, at) => at % 2 === 1);
  const chosen = { ...stage.parameters };
  for (const [name, { Default: value }] of Object.entries(template.Parameters)) {
    assert.ok(values.includes(`${name}=${chosen[name] ?? value}`), name);
  }
  assert.ok(values.includes("AdminIds="), "infra/samconfig.toml names no operator");
});

test("a value with spaces, commas or = is sent as it is, and a parameter without a value is named", () => {
  const sent = parameterArguments({ Parameters: { AdminIds: { Default: "7, 8" }, TermsUrl: { Default: "https://host/?a=1&b=2" } } });
  assert.deepEqual(sent, ["--parameters", "AdminIds=7, 8", "--parameters", "TermsUrl=https://host/?a=1&b=2"]);
  assert.throws(() => parameterArguments({ Parameters: { BotName: {} } }), /no default for BotName/);
});

test("each function's code is an uploaded asset of its own", () => {
  const keys = FUNCTIONS.map((name) => {
    const code = synthesized.Resources[`${name.charAt(0).toUpperCase()}${name.slice(1)}Function`]?.Properties?.["CodeUri"];
    return (code as { Key: string }).Key;
  });
  assert.equal(new Set(keys).size, FUNCTIONS.length);
});

test("an unknown stage is refused by name", () => {
  assert.throws(() => stageOf(at("../../samconfig.toml"), "nowhere"), /no environment nowhere/);
});

// Deploys the same stack as `make deploy`, with the CDK. Run it in this folder, after `make build`:
//
//   npm ci && npm run deploy -- dev              # or prod; add x86_64 for that build, then options of `cdk deploy`
//
// Then run `make register STAGE=dev`: the stack's name and outputs are the same. cdk.json names no app on purpose: a plain `cdk deploy`
// would keep the running stack's parameters.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parameterArguments } from "../lib/parameters.js";

const APP = "node --import tsx bin/neurocards.ts";
const [stage, ...rest] = process.argv.slice(2);
const architecture = rest[0] === "arm64" || rest[0] === "x86_64" ? rest.shift() : undefined;
if (stage === undefined || stage.startsWith("-")) {
  console.error("usage: npm run deploy -- <stage> [arm64|x86_64] [options of cdk deploy]");
  process.exit(2);
}

const cdk = (...given: string[]): void => {
  const { status, error } = spawnSync("cdk", given, { stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
const out = mkdtempSync(join(tmpdir(), "neurocards-cdk-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
const context = [`stage=${stage}`, ...(architecture === undefined ? [] : [`architecture=${architecture}`])];
cdk("synth", "--quiet", "--app", APP, "--output", out, ...context.flatMap((it) => ["--context", it]));
const template = JSON.parse(readFileSync(join(out, "NeuroCards.template.json"), "utf8"));
cdk("deploy", "--app", out, ...parameterArguments(template), ...rest);

// The CDK app. `npm run deploy` (bin/deploy.ts) deploys it, `npm run synth` synthesizes it.
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { NeuroCards } from "../lib/stack.js";
import { stageOf } from "../lib/stage.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;
const architecture = context("architecture");
new NeuroCards(app, {
  stage: stageOf(at("../../samconfig.toml"), context("stage") ?? "dev"),
  template: at("../../template.yaml"),
  code: context("code") ?? at("../../../target/lambda"),
  ...(architecture === undefined ? {} : { architecture }),
});

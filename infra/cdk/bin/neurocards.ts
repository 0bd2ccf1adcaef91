// Deploys the same stack as `make deploy`, with the CDK. Run it in this folder, after `make build`:
//
//   npm ci && npx cdk deploy -c stage=dev        # or stage=prod; add -c architecture=x86_64 for that build
//
// Then run `make register STAGE=dev`: the stack's name and outputs are the same.
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

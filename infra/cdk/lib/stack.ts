// The stack is infra/template.yaml itself, included as it stands: whoever changes it changes both ways to deploy. What is done
// here is what `sam package` and `sam deploy` do besides: the code is uploaded, a stage's settings become the defaults.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CfnResource, Stack, Tags, Validations, type App } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { Stage } from "./stage.js";

export interface Settings {
  readonly stage: Stage;
  /** infra/template.yaml */
  readonly template: string;
  /** Where the built functions are: <function>/bootstrap. */
  readonly code: string;
  readonly architecture?: string;
}

export const FUNCTIONS = ["webhook", "callback", "generator", "sender", "refunder", "sweeper"] as const;

export class NeuroCards extends Stack {
  constructor(app: App, settings: Settings) {
    const { stage, template, code, architecture } = settings;
    super(app, "NeuroCards", { stackName: stage.stackName, env: { region: stage.region }, description: "NeuroCards" });
    const included = new CfnInclude(this, "Template", { templateFile: template });
    const defaults = architecture === undefined ? stage.parameters : { ...stage.parameters, Architecture: architecture };
    for (const [name, value] of Object.entries(defaults)) {
      const parameter = included.getParameter(name);
      parameter.default = parameter.type === "Number" ? Number(value) : value;
    }
    for (const name of FUNCTIONS) this.bringCode(included, name, join(code, name));
    for (const [key, value] of Object.entries(stage.tags)) Tags.of(this).add(key, value);
    // It is the name of a secret, not one.
    Validations.of(this).acknowledge({ id: "CloudFormation-Validate::W2509", reason: "SecretsParameter is a name, not a secret" });
  }

  private bringCode(included: CfnInclude, name: string, folder: string): void {
    if (!existsSync(join(folder, "bootstrap"))) {
      throw new Error(`${folder}/bootstrap is missing: run \`make build ARCH=...\` first`);
    }
    const asset = new Asset(this, `${name}-code`, { path: folder });
    const resource: CfnResource = included.getResource(`${name.charAt(0).toUpperCase()}${name.slice(1)}Function`);
    resource.addPropertyOverride("CodeUri", { Bucket: asset.s3BucketName, Key: asset.s3ObjectKey });
    asset.addResourceMetadata(resource, "CodeUri");
  }
}

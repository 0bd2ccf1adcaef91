// The stack includes infra/template.yaml unchanged, so a change of that file changes both ways to deploy. This file does the rest of
// `sam package` and `sam deploy`: it uploads the code and makes the stage's settings the defaults of the parameters.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CfnResource, Stack, Tags, Validations, type App } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { Stage } from "./stage.js";

export interface Settings {
  readonly stage: Stage;
  /** Path of infra/template.yaml. */
  readonly template: string;
  /** Folder of the built functions: it holds <function>/bootstrap. */
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
    for (const name of FUNCTIONS) this.uploadCode(included, name, join(code, name));
    for (const [key, value] of Object.entries(stage.tags)) Tags.of(this).add(key, value);
    Validations.of(this).acknowledge({ id: "CloudFormation-Validate::W2509", reason: "SecretsParameter is the name of a secret, not a secret" });
  }

  private uploadCode(included: CfnInclude, name: string, folder: string): void {
    if (!existsSync(join(folder, "bootstrap"))) {
      throw new Error(`${folder}/bootstrap is missing: run \`make build ARCH=...\`, then run this again`);
    }
    const asset = new Asset(this, `${name}-code`, { path: folder });
    const resource: CfnResource = included.getResource(`${name.charAt(0).toUpperCase()}${name.slice(1)}Function`);
    resource.addPropertyOverride("CodeUri", { Bucket: asset.s3BucketName, Key: asset.s3ObjectKey });
    asset.addResourceMetadata(resource, "CodeUri");
  }
}

// A stage (dev, prod) is an environment of infra/samconfig.toml. SAM and the CDK deploy the same stack from the same settings.
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

export interface Stage {
  readonly stackName: string;
  readonly region: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

interface Environment {
  global: { parameters: { region: string } };
  deploy: { parameters: { stack_name: string; tags?: string; parameter_overrides?: string[] } };
}

const pairs = (items: readonly string[]): Record<string, string> =>
  Object.fromEntries(items.map((item) => [item.slice(0, item.indexOf("=")), item.slice(item.indexOf("=") + 1)]));

export function stageOf(samconfig: string, name: string): Stage {
  const environment = parse(readFileSync(samconfig, "utf8"))[name] as unknown as Environment | undefined;
  if (environment?.deploy === undefined) throw new Error(`infra/samconfig.toml has no environment ${name}: use one of its tables, such as dev or prod`);
  const { stack_name, tags = "", parameter_overrides = [] } = environment.deploy.parameters;
  return {
    stackName: stack_name,
    region: environment.global.parameters.region,
    parameters: pairs(parameter_overrides),
    tags: pairs(tags.split(" ").filter((tag) => tag !== "")),
  };
}

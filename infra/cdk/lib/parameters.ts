// A deploy sends every parameter. CloudFormation keeps the running stack's value of a parameter that `cdk deploy` is not given, whatever
// the new default is, so a removed operator would keep /grant. scripts/lib/parameters.py does the same for SAM.

interface Synthesized {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string | number }>>;
}

/** The arguments of `cdk deploy` that set each parameter of the synthesized template to its default, which has the stage's settings. */
export function parameterArguments(template: Synthesized): string[] {
  return Object.entries(template.Parameters ?? {}).flatMap(([name, { Default: value }]) => {
    if (value === undefined) throw new Error(`infra/template.yaml has no default for ${name}: set it in infra/samconfig.toml`);
    return ["--parameters", `${name}=${value}`];
  });
}

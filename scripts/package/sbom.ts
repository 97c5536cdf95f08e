/** The software bill of materials (CycloneDX): the packages of npm that the bundle is made of. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { run } from "./run.ts";

const component = z.looseObject({ "bom-ref": z.string(), name: z.string(), version: z.string() });
const bom = z.looseObject({
  serialNumber: z.string(),
  metadata: z.looseObject({ timestamp: z.string(), component: z.looseObject({ name: z.string() }) }),
  components: z.array(component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
const lockFile = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string(),
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
      devOptional: z.boolean().default(false),
    }),
  ),
});

export interface Component {
  readonly name: string;
  readonly version: string;
}

export interface BillOfMaterials {
  readonly json: string;
  readonly components: readonly Component[];
}

/**
 * What npm says of package-lock.json, without the serial number, the time and the directory's name, which differ each time.
 * What is needed for development only is left out here: `npm sbom --omit=dev` also leaves out yaml, because a package
 * for development asks for it as well.
 */
export async function makeBillOfMaterials(name: string): Promise<BillOfMaterials> {
  const text = await run(["npm", "sbom", "--sbom-format=cyclonedx", "--package-lock-only"]);
  const { serialNumber: _number, ...rest } = bom.parse(JSON.parse(text));
  const { timestamp: _time, ...metadata } = rest.metadata;
  const shipped = await listShipped();
  const components = rest.components.filter((found) => shipped.has(`${found.name}@${found.version}`));
  const refs = new Set(components.map((found) => found["bom-ref"]));
  const dependencies = rest.dependencies
    .filter(({ ref }) => refs.has(ref) || ref.startsWith(`${name}@`))
    .map((entry) => ({ ...entry, dependsOn: entry.dependsOn.filter((ref) => refs.has(ref)) }));
  const stable = {
    ...rest,
    metadata: { ...metadata, component: { ...metadata.component, name } },
    components,
    dependencies,
  };
  return { json: `${JSON.stringify(stable, null, 2)}\n`, components };
}

/** `name@version` of every package in the bundle: not for development, and not optional, which scripts/build.mjs leaves out. */
async function listShipped(): Promise<ReadonlySet<string>> {
  const { packages } = lockFile.parse(JSON.parse(await readFile("package-lock.json", "utf8")));
  const shipped = Object.entries(packages).filter(
    ([, { dev, devOptional, optional }]) => !dev && !devOptional && !optional,
  );
  return new Set(shipped.map(([place, { version }]) => `${place.split("node_modules/").at(-1)}@${version}`));
}

/**
 * Runs podman's own generator on the staged quadlets and reads its messages. Writes only to the stage, starts no
 * container.
 */
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Diagnostic, Place } from "../../core/model/errors.ts";
import type { HostLayout } from "../../core/model/host-layout.ts";
import { isQuadletName, isUnitName, listDropInDirectories } from "../../core/units/unit-name.ts";
import { ifAbsent } from "../../lib/system-error.ts";
import { runChecker } from "./run.ts";
import type { Stage, StagedFile } from "./stage.ts";

const timeoutMs = 30_000;

/**
 * Adds the generated services to the stage, so that they are verified with the rest.
 * @param layout where the host has the generator, and quadlets that are not the agent's
 * @throws AgentError `systemd-unreachable`; Error of the operating system; the signal's reason
 */
export async function verifyQuadlets(
  stage: Stage,
  layout: HostLayout,
  isOurs: (hostPath: string) => boolean,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const quadlets = listQuadlets(stage);
  if (quadlets.length === 0) return [];
  await linkForeignQuadlets(stage, layout.quadletDirectory, isOurs);
  const directories = [stage.quadlets, stage.foreignQuadlets, ...layout.foreignQuadletDirectories].join(":");
  for (const generator of layout.quadletGenerators) {
    const environment = { ...layout.managerEnvironment, QUADLET_UNIT_DIRS: directories };
    const args = [...layout.quadletArguments, "-dryrun", "-no-kmsg-log"];
    const output = await runChecker(generator, args, {
      environment,
      timeoutMs,
      signal,
    });
    if (output === null) continue;
    const services = parseGenerated(output.stdout);
    await stageServices(stage, quadlets, services);
    return [
      ...readGeneratorOutput(output.stderr, stage),
      ...findSilentFailures(quadlets, services, output.stderr),
      ...findUnreadDropIns(stage, output.stderr),
    ];
  }
  return [skipped(quadlets[0]?.[1].origin ?? "units")];
}

function listQuadlets({ files, quadlets }: Stage): readonly (readonly [string, StagedFile])[] {
  return [...files].filter(
    ([staged]) => staged.startsWith(`${quadlets}/`) && isQuadletName(path.basename(staged)),
  );
}

async function linkForeignQuadlets(
  stage: Stage,
  quadletDirectory: string,
  isOurs: (hostPath: string) => boolean,
): Promise<void> {
  const names = await readdir(quadletDirectory, { recursive: true }).catch(ifAbsent([]));
  for (const name of names.filter((one) => isQuadletName(path.basename(one)))) {
    const hostPath = path.join(quadletDirectory, name);
    const staged = path.join(stage.foreignQuadlets, name);
    if (isOurs(hostPath)) continue;
    await mkdir(path.dirname(staged), { recursive: true, mode: 0o700 });
    await symlink(hostPath, staged);
  }
}

/** Reads what the generator prints: for each service a line `---x.service---`, then the text of its unit file. */
export function parseGenerated(stdout: string): ReadonlyMap<string, string> {
  const parts = stdout.split(/^---(.+)---$/m);
  const services = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2) {
    const [name, text] = [parts[index], parts[index + 1]];
    if (name !== undefined && text !== undefined && isUnitName(name))
      services.set(name, text.replace(/^\n/, ""));
  }
  return services;
}

async function stageServices(
  stage: Stage,
  quadlets: readonly (readonly [string, StagedFile])[],
  services: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [name, text] of services) {
    const [source, quadlet] = quadlets.find(([staged]) => isMadeFrom(text, staged)) ?? [];
    if (source === undefined || quadlet === undefined) continue;
    const staged = path.join(stage.units, name);
    // A unit file of the same name takes precedence over a generated one, as in systemd.
    if (stage.files.has(staged)) continue;
    await writeFile(staged, text, { mode: 0o600, flag: "wx" });
    const dropIns = listDropIns(source, stage);
    stage.files.set(staged, {
      origin: quadlet.origin,
      unit: name,
      bytes: new TextEncoder().encode(text),
      generatedFrom: [source, ...dropIns],
    });
  }
}

function listDropIns(source: string, { files, quadlets }: Stage): readonly string[] {
  const directories = listDropInDirectories(path.basename(source)).map((name) => path.join(quadlets, name));
  return [...files.keys()].filter((file) => directories.includes(path.dirname(file)));
}

function isMadeFrom(service: string, staged: string): boolean {
  return service.split("\n").includes(`SourcePath=${staged}`);
}

/** What the generator says on standard error, as Podman 4.4 to 5 word it. */
export function readGeneratorOutput(stderr: string, stage: Stage): readonly Diagnostic[] {
  return stderr.split("\n").flatMap((raw) => {
    const line = raw.replace(/^quadlet-generator\[\d+\]: /, "").trim();
    if (line === "" || /^(?:Loading source (?:unit|drop-in)|No files parsed)/.test(line)) return [];
    const failed = /^(?:error )?(?:loading|converting) ["']([^"']+)["'](?:, ignoring)?[:,]? (.*)$/i.exec(
      line,
    );
    const warned = /^Warning: (\S+) (.*)$/.exec(line);
    const [, name = "", text = line] = failed ?? warned ?? [];
    const [staged = "", file] =
      listQuadlets(stage).find(([candidate]) => path.basename(candidate) === path.basename(name)) ?? [];
    if (file === undefined)
      return failed === null && warned === null ? [describe("warning", "units", line, stage)] : [];
    return [
      {
        ...describe(failed === null ? "warning" : "error", file.origin, text, stage),
        ...findPlace(text, staged, stage),
      },
    ];
  });
}

function describe(severity: Diagnostic["severity"], file: string, text: string, stage: Stage): Diagnostic {
  const message = text.replace(/ in \/\S+$/, "").replaceAll(`${stage.quadlets}/`, "");
  return { severity, code: severity === "error" ? "quadlet-refused" : "quadlet-warning", file, message };
}

/** The generator names a line only when it cannot read the file, and a key only when it does not know it. */
function findPlace(text: string, staged: string, stage: Stage): Partial<Place> {
  const line = /\bline (\d+)/.exec(text)?.[1];
  if (line !== undefined) return { line: Number(line) };
  const key = /unsupported key '([^']+)'/.exec(text)?.[1];
  if (key === undefined) return {};
  for (const candidate of [staged, ...listDropIns(staged, stage)]) {
    const { origin = "", bytes } = stage.files.get(candidate) ?? {};
    const lines = new TextDecoder().decode(bytes).split("\n");
    const index = lines.findIndex((text) => text.trimStart().split(/\s*=/)[0] === key);
    if (index >= 0) return { file: origin, line: index + 1 };
  }
  return {};
}

/**
 * Quadlets for which the generator made no service and printed nothing: it skips a kind of quadlet that it is too old
 * for.
 */
function findSilentFailures(
  quadlets: readonly (readonly [string, StagedFile])[],
  services: ReadonlyMap<string, string>,
  stderr: string,
): readonly Diagnostic[] {
  // When it cannot read one file, the generator makes no service of the others either: they have no mistake.
  if (/error loading/i.test(stderr)) return [];
  const refused = [...stderr.matchAll(/converting ["']([^"']+)["']/gi)].map((match) => match[1]);
  const texts = [...services.values()];
  return quadlets
    .filter(([staged]) => !refused.includes(path.basename(staged)))
    .filter(([staged]) => !texts.some((text) => isMadeFrom(text, staged)))
    .map(([, { origin }]) => ({
      severity: "error",
      code: "quadlet-refused",
      file: origin,
      message: "the quadlet generator of this host makes no service of it",
      hint: "its Podman may be too old for this kind of quadlet, or for one in a subdirectory (before 4.7): see podman-systemd.unit(5) on the host",
    }));
}

/** Podman before 5.0 reads no drop-ins of quadlets, and says nothing of it. It names each that it reads. */
export function findUnreadDropIns(stage: Stage, stderr: string): readonly Diagnostic[] {
  if (/Loading source drop-in|error loading/i.test(stderr)) return [];
  const [first] = listQuadlets(stage).flatMap(([quadlet]) => listDropIns(quadlet, stage));
  const dropIn = stage.files.get(first ?? "");
  if (dropIn === undefined) return [];
  return [
    {
      severity: "error",
      code: "quadlet-refused",
      file: dropIn.origin,
      message:
        "the quadlet generator of this host reads no drop-ins of quadlets, by which secrets are delivered, too",
      hint: "Podman 5.0 or newer is needed",
    },
  ];
}

function skipped(file: string): Diagnostic {
  return {
    severity: "warning",
    code: "not-verified",
    file,
    message: "quadlets were not validated: podman's quadlet generator is not installed here",
    hint: "without it on the host, they are written and nothing runs: install podman",
  };
}

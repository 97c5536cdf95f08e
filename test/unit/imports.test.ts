/** Holds the import rules of ARCHITECTURE.md: which room may know which. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const sourceDirectory = resolve(import.meta.dirname, "../../src");
const edges = [
  "config",
  "source",
  "secrets",
  "systemd",
  "host",
  "watch",
  "telemetry",
  "api",
  "setup",
  "outward",
];

/** Packages that a room may import, by their names; node: modules are listed as `node:`. */
const packagesOf: Readonly<Record<string, readonly string[]>> = {
  core: [],
  lib: ["node:"],
  agent: [],
  config: ["node:", "yaml", "zod"],
  source: ["node:", "simple-git"],
  secrets: ["node:", "age-encryption", "@noble/curves"],
  systemd: ["node:", "dbus-next"],
  host: ["node:", "zod"],
  watch: ["node:", "chokidar"],
  telemetry: ["node:", "pino"],
  api: ["node:", "zod"],
  setup: ["node:"],
  outward: ["node:", "prom-client", "rabbitmq-client", "nodemailer"],
  cli: ["node:", "commander", "diff"],
};

const packageFile = "../../package.json";

/** The floors of core/, lowest first: a file knows its own floor and those below it. */
const floors = [
  "model",
  "ports",
  "units",
  "desired",
  "drift",
  "plan",
  "check",
  "import",
  "record",
  "gate",
  "alerts",
  "health",
];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

function listSources(): readonly { readonly file: string; readonly text: string }[] {
  return readdirSync(sourceDirectory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((file) => ({ file, text: readFileSync(join(sourceDirectory, file), "utf8") }));
}

function listImports(): readonly Import[] {
  return listSources().flatMap(({ file, text }) => {
    return [...text.matchAll(/^(?:import|export)\b[^;=]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm)].map(
      (match) => ({
        file,
        room: file.split("/")[0] ?? "",
        specifier: match[1] ?? match[2] ?? "",
      }),
    );
  });
}

/** `node:fs` → `node:`, `@scope/name/part` → `@scope/name`, `name/part` → `name`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return "node:";
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The file of a relative import, from src/. */
function targetOf({ file, specifier }: Import): string {
  return relative(sourceDirectory, resolve(sourceDirectory, dirname(file), specifier));
}

/** Room of a relative import. */
function roomOf(found: Import): string {
  return targetOf(found).split("/")[0] ?? "";
}

/** Height of the floor of a file of core/; -1 for one that stands on none. */
function floorOf(file: string): number {
  return floors.indexOf(file.split("/")[1] ?? "");
}

/** Files that import each other, directly or through others, as they lie on one way round. */
function findCircle(found: readonly Import[]): readonly string[] {
  const next = new Map<string, string[]>();
  for (const one of found) {
    if (one.specifier.startsWith(".")) next.set(one.file, [...(next.get(one.file) ?? []), targetOf(one)]);
  }
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): readonly string[] => {
    const start = way.indexOf(file);
    if (start >= 0) return [...way.slice(start), file];
    if (done.has(file)) return [];
    for (const target of next.get(file) ?? []) {
      const circle = walk(target, [...way, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of next.keys()) {
    const circle = walk(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

function isAllowedRoom(found: Import): boolean {
  if (found.specifier === packageFile) return found.file === "cli/version.ts";
  const target = roomOf(found);
  if (target === found.room) return true;
  if (found.room === "core" || found.room === "lib") return false;
  if (edges.includes(found.room)) return target === "core" || target === "lib";
  if (found.room === "agent") return target === "core";
  if (/^cli\/compose[^/]*\.ts$/.test(found.file)) return true;
  if (found.file.startsWith("cli/render/")) return target === "core" || target === "lib";
  return found.room === "cli" && ["core", "lib", "agent", "api"].includes(target);
}

interface Declaration {
  readonly file: string;
  readonly room: string;
  readonly name: string;
  /** The members of an interface, without comments, sorted; empty for every other type. */
  readonly members: readonly string[];
}

/** The types that files export, as the formatter lays them out. */
function listDeclarations(): readonly Declaration[] {
  return listSources().flatMap(({ file, text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
    return [...code.matchAll(/^export (?:interface|type|class) (\w+)[^\n]*?(?:\{\n([\s\S]*?)^\}|$)/gm)].map(
      ([, name = "", body = ""]) => ({
        file,
        room: file.split("/")[0] ?? "",
        name,
        members: body
          .split(/;\n/)
          .flatMap((member) => member.replace(/\s+/g, " ").trim() || [])
          .sort(),
      }),
    );
  });
}

/** What two rooms declare, each for itself: the same interface, or a type of core/ports/. */
function findTwins(declared: readonly Declaration[]): readonly string[] {
  const ports = declared.filter(({ file }) => file.startsWith("core/ports/"));
  const isTwin = (one: Declaration, other: Declaration) =>
    one.room !== other.room && one.members.length > 1 && one.members.join() === other.members.join();
  const isCopy = ({ file, name }: Declaration) =>
    !file.startsWith("core/ports/") && ports.some((port) => port.name === name);
  return declared
    .filter((one) => isCopy(one) || declared.some((other) => isTwin(one, other)))
    .map(({ file, name }) => `${file} declares ${name}`);
}

/** What is loaded with a file: its imports and theirs, without those of types alone and those that are made when they are needed. */
function listLoaded(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  loaded.add(file);
  const text = readFileSync(join(sourceDirectory, file), "utf8");
  for (const [, specifier = ""] of text.matchAll(/^import\s+(?!type\b)[^;=]*?from\s+"([^"]+)"/gm)) {
    const isOwn = specifier.startsWith(".") && specifier !== packageFile;
    const target = isOwn ? join(dirname(file), specifier) : specifier;
    if (loaded.has(target)) continue;
    if (isOwn) listLoaded(target, loaded);
    else loaded.add(target);
  }
  return loaded;
}

const imports = listImports();

describe("the rooms of src/", () => {
  it("import only the rooms that they may know", () => {
    const broken = imports.filter((found) => found.specifier.startsWith(".") && !isAllowedRoom(found));
    expect(broken.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("import only the packages that are theirs", () => {
    const broken = imports.filter(({ room, specifier }) => {
      if (specifier.startsWith(".")) return false;
      return !packagesOf[room]?.includes(packageOf(specifier));
    });
    expect(broken.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("of which core/ has floors, and each knows only itself and those below", () => {
    const core = imports.filter(({ room, specifier }) => room === "core" && specifier.startsWith("."));
    const broken = core.filter((found) => floorOf(targetOf(found)) > floorOf(found.file));
    expect(broken.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
    expect(core.filter(({ file }) => floorOf(file) < 0)).toEqual([]);
  });

  it("have no files that import each other in a circle, also not for a type", () => {
    expect(findCircle(imports)).toEqual([]);
  });

  it("declare no type that another room has as well: what two know stands in core/model/ or core/ports/", () => {
    expect(findTwins(listDeclarations())).toEqual([]);
  });

  it("have no file that re-exports others", () => {
    const barrels = imports.filter(({ file }) => file.endsWith("/index.ts"));
    expect(barrels).toEqual([]);
  });

  it("answer --version without the command line", () => {
    expect(listLoaded("cli/main.ts")).toEqual(new Set(["cli/main.ts", "cli/version.ts", packageFile]));
  });

  it("load no integration with the daemon: agent.yaml decides which are needed", () => {
    const loaded = [...listLoaded("cli/commands/daemon.ts")];
    expect(loaded).toContain("cli/compose-integrations.ts");
    expect(loaded.filter((name) => name.startsWith("outward/"))).toEqual([]);
  });

  // Each library costs 20 to 70 ms, and status is asked on hosts that are busy.
  it.each(["status", "history", "drift", "drift-watch", "drift-correct", "sync"])(
    "load for %s, when an agent answers, no library but that of the command line",
    (command) => {
      const loaded = [...listLoaded("cli/program.ts"), ...listLoaded(`cli/commands/${command}.ts`)];
      expect(loaded).toContain("api/client.ts");
      const libraries = loaded.filter((name) => !name.endsWith(".ts") && !name.startsWith("node:"));
      expect(new Set(libraries)).toEqual(new Set(["commander", packageFile]));
      const composition = loaded.filter((name) => name.startsWith("cli/compose"));
      expect(composition).toEqual(["cli/compose-sockets.ts"]);
    },
  );

  it("are looked at: the test sees the imports of every room", () => {
    const rooms = new Set(imports.map(({ room }) => room));
    expect(rooms).toContain("core");
    expect(imports.length).toBeGreaterThan(50);
  });
});

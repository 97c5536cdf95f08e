/**
 * Bad commits made at random: one unit that does not work, beside changes of every kind to what git has, to what people made
 * and to what the distribution has. Must not know what becomes of them.
 */
import type { Random } from "../differential/random.ts";
import { enabled } from "../texts/unit-texts.ts";
import { goodTree, handMade, type Tree, withVersion } from "./rollback-host.ts";

export interface BadCommit {
  /** Names of the changes, for people. */
  readonly name: string;
  /** All that differs from the good tree; null removes. */
  readonly tree: Tree;
  /** Units that the commit has to interrupt, so that they may have been started anew afterwards. */
  readonly interrupts: ReadonlySet<string>;
}

interface Change {
  readonly name: string;
  readonly tree: Tree;
  readonly units?: readonly string[];
  readonly files?: readonly string[];
  readonly interrupts?: readonly string[];
}

const adopt = (unit: string) => `${unit}: { adopt: true }`;
const dropIn = { "git.conf": "[Service]\nEnvironment=D=git\n" };

/** Hand-made files as a commit has them that takes them over unchanged. */
function takeOver(...names: readonly string[]): Change {
  const units = names.filter((name) => handMade[`/etc/systemd/system/${name}`] !== undefined);
  const files = names.filter((name) => handMade[`/etc/faults/${name}`] !== undefined);
  return {
    name: `adopt ${names.join(" ")}`,
    tree: {
      ...Object.fromEntries(
        units.map((name) => [`units/${name}`, handMade[`/etc/systemd/system/${name}`] ?? ""]),
      ),
      ...Object.fromEntries(
        files.map((name) => [`files/etc/faults/${name}`, handMade[`/etc/faults/${name}`] ?? ""]),
      ),
    },
    units: units.map(adopt),
    files: files.map((name) => `/etc/faults/${name}: { adopt: true }`),
  };
}

function replace(unit: string, text: string, interrupts: readonly string[] = [unit]): Change {
  return { name: `replace ${unit}`, tree: { [`units/${unit}`]: text }, units: [adopt(unit)], interrupts };
}

function change(path: string, text: string, interrupts: readonly string[] = []): Change {
  return { name: `change ${path}`, tree: { [path]: text }, interrupts };
}

function remove(paths: readonly string[], interrupts: readonly string[] = []): Change {
  return {
    name: `remove ${paths.join(" ")}`,
    tree: Object.fromEntries(paths.map((path) => [path, null])),
    interrupts,
  };
}

function mask(unit: string): Change {
  return {
    name: `mask ${unit}`,
    tree: { [`units/${unit}`]: { symlink: "/dev/null" } },
    units: [adopt(unit)],
    interrupts: [unit],
  };
}

function extend(unit: string): Change {
  const tree = { [`units/${unit}.d/new.conf`]: dropIn["git.conf"] };
  return { name: `extend ${unit}`, tree, interrupts: [unit] };
}

const instancesOfGit = ["g-tmpl@one.service", "g-tmpl@manual.service"];
const instancesByHand = ["h-tmpl@one.service", "h-tmpl@manual.service"];

const changes: readonly Change[] = [
  takeOver("h-plain.service"),
  takeOver("h-plain.service", "h-unenabled.service"),
  takeOver("h-idle.service"),
  takeOver("h-job.service", "h-job.timer"),
  takeOver("h-sock.socket", "h-sock.service"),
  takeOver("hand-one"),
  takeOver("hand-one", "hand-two"),
  { ...takeOver("h-tmpl@.service"), units: ["h-tmpl@.service: { adopt: true, instances: [one, added] }"] },
  replace("h-plain.service", withVersion("bad")),
  replace("h-unenabled.service", withVersion("bad")),
  replace("h-unenabled.service", `[Service]\nExecStart=/bin/false\n${enabled}`),
  replace("h-idle.service", withVersion("bad")),
  replace("h-linked.service", withVersion("bad")),
  replace("h-tmpl@.service", withVersion("bad-%i"), instancesByHand),
  replace("h-job.timer", "[Timer]\nOnCalendar=2098-01-01\n[Install]\nWantedBy=timers.target\n"),
  replace("v-plain.service", withVersion("bad")),
  replace("v-disabled.service", withVersion("bad")),
  mask("h-plain.service"),
  mask("h-unenabled.service"),
  mask("v-plain.service"),
  mask("g-plain.service"),
  mask("g-unenabled.service"),
  extend("h-plain.service"),
  extend("v-disabled.service"),
  extend("g-other.service"),
  { ...extend("g-tmpl@.service"), interrupts: instancesOfGit },
  {
    name: "own the drop-in that was made by hand",
    tree: { "units/v-extended.service.d/hand.conf": "[Service]\nEnvironment=H=bad\n" },
    units: [adopt("v-extended.service")],
    interrupts: ["v-extended.service"],
  },
  {
    name: "own the files that were made by hand",
    tree: { "files/etc/faults/hand-two": "bad\n", "files/etc/faults/hand-link": "bad\n" },
    files: ["/etc/faults/hand-two: { adopt: true, owner: daemon }", "/etc/faults/hand-link: { adopt: true }"],
  },
  change("units/g-plain.service", withVersion("bad"), ["g-plain.service"]),
  change("units/g-plain.service", `# only a comment\n${withVersion("good")}`),
  change("units/g-plain.service", withVersion("good").replace(enabled, "")),
  change("units/g-edited.service", withVersion("bad"), ["g-edited.service"]),
  change("units/g-unenabled.service", withVersion("bad"), ["g-unenabled.service"]),
  change("units/g-tmpl@.service", withVersion("bad-%i"), instancesOfGit),
  change("units/g-job.timer", "[Timer]\nOnCalendar=2098-01-01\n[Install]\nWantedBy=timers.target\n"),
  change("units/g-sock.socket", "[Socket]\nListenStream=/run/g-moved\n[Install]\nWantedBy=sockets.target\n", [
    "g-sock.socket",
    "g-sock.service",
  ]),
  change("units/new.service", withVersion("new")),
  change("files/etc/faults/one", "bad\n"),
  change("files/etc/faults/two", "bad\n"),
  change("files/etc/faults/three", "bad\n"),
  { name: "change modes", tree: {}, files: ["/etc/faults/one: { mode: '0755', group: adm }"] },
  remove(["files/etc/faults/one", "files/etc/faults/two"]),
  remove(["files/etc/faults/three"]),
  remove(["units/g-plain.service"], ["g-plain.service"]),
  remove(["units/g-edited.service"], ["g-edited.service"]),
  remove(["units/g-unenabled.service"], ["g-unenabled.service"]),
  remove(["units/g-tmpl@.service"], instancesOfGit),
  remove(["units/g-job.service", "units/g-job.timer"], ["g-job.timer"]),
  remove(["units/g-sock.socket", "units/g-sock.service"], ["g-sock.socket", "g-sock.service"]),
  remove(["units/v-extended.service.d/git.conf"], ["v-extended.service"]),
  {
    name: "stop by state",
    tree: {},
    units: ["g-plain.service: { state: stopped }", "g-unenabled.service: { state: stopped }"],
    interrupts: ["g-plain.service", "g-unenabled.service"],
  },
];

const failing = `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/false\n${enabled}`;
const maxChanges = 6;

/** @param number makes each commit one that was never tried */
export function makeBadCommit(random: Random, number: number): BadCommit {
  const chosen: Change[] = [];
  for (let left = 1 + random.below(maxChanges); left > 0; left -= 1) {
    const next = random.pick(changes);
    if (chosen.every((other) => areApart(other, next))) chosen.push(next);
  }
  const config = [
    "defaults: { health: { settle: 0s, timeout: 30s } }",
    ...listRules("units", chosen),
    ...listRules("files", chosen),
  ];
  const tree: Record<string, Tree[string]> = {
    "gitops.yaml": `${config.join("\n")}\n`,
    "units/failing.service": failing,
    "files/etc/faults/number": `${number}\n`,
  };
  for (const { tree: own } of chosen) Object.assign(tree, own);
  return {
    name: chosen.map(({ name }) => name).join(", "),
    tree,
    interrupts: new Set(chosen.flatMap(({ interrupts = [] }) => interrupts)),
  };
}

/** Two changes of one unit or file are no commit: each would undo the other. */
function areApart(left: Change, right: Change): boolean {
  const subjects = new Set(listSubjects(left));
  return listSubjects(right).every((subject) => !subjects.has(subject));
}

function listSubjects({ tree, units = [], files = [] }: Change): readonly string[] {
  const names = Object.keys(tree).map((path) =>
    path.replace(/\.d\/[^/]+$/, "").replace(/^units\/|^files/, ""),
  );
  return [...names, ...[...units, ...files].map((rule) => rule.slice(0, rule.indexOf(": ")))];
}

function listRules(section: "units" | "files", chosen: readonly Change[]): readonly string[] {
  const rules = chosen.flatMap((one) => one[section] ?? []).map((rule) => `  ${rule}`);
  return rules.length === 0 ? [] : [`${section}:`, ...rules];
}

export const goodCommit: Tree = {
  "gitops.yaml": "defaults: { health: { settle: 0s, timeout: 30s } }\n",
  ...goodTree,
};

/** The options of `npm run bench`. */
import { parseArgs } from "node:util";
import { availableRoots, type RootName } from "../../test/support/machine/root-filesystem.ts";
import { type CaseName, caseNames } from "./cases.ts";
import { type PeerName, peerKinds } from "./peer.ts";
import { type Fleet, parseFleet } from "./units.ts";

export interface Options {
  readonly root: RootName;
  readonly fleets: readonly Fleet[];
  /** Runs of each case; the first sync has fewer, since each needs new machines. */
  readonly times: number;
  readonly peers: readonly PeerName[];
  readonly cases: readonly CaseName[];
  /** Directories of other builds to be measured beside ours. */
  readonly against: readonly string[];
  /** How long the daemon is left alone before its memory is read, milliseconds. */
  readonly restMs: number;
  readonly isProfile: boolean;
  /** File for the report. */
  readonly markdown: string | null;
  /** As they were given. */
  readonly words: string;
}

export const help = `npm run bench -- [OPTION…]      (npm run build first; needs root, systemd-nspawn and git)

  --quick            50 and 200 units, ours, shell, systemctl restart; three minutes
  --units LIST       fleets: 200, or 200/100 when 100 of 200 run (default 50,200,200/100,1000,1000/100,5000/100)
  --times N          runs of each case (default 5)
  --peers LIST       of ${Object.keys(peerKinds).join(", ")}
  --cases LIST       of ${caseNames.join(", ")}
  --root NAME        host or debian13 (default: the first that can be booted)
  --against DIST     a directory dist/ of another build, measured beside ours; may be repeated
  --profile          only: where the time of one changed service goes
  --markdown FILE    writes the report there
`;

/** @throws RangeError, TypeError for a wrong option; null when help is asked for */
export function readOptions(argv: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      units: { type: "string" },
      times: { type: "string" },
      peers: { type: "string" },
      cases: { type: "string" },
      root: { type: "string" },
      against: { type: "string", multiple: true, default: [] },
      profile: { type: "boolean", default: false },
      markdown: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  const units = values.units ?? (quick ? "50,200" : "50,200,200/100,1000,1000/100,5000/100");
  const peers = values.peers ?? (quick ? "shell,restart" : Object.keys(peerKinds).join(","));
  const times = Number(values.times ?? (quick ? 3 : 5));
  if (!Number.isInteger(times) || times < 1) throw new RangeError("--times needs a number from 1 on");
  return {
    root: chooseRoot(values.root),
    fleets: split(units).map(parseFleet),
    times,
    peers: split(peers).map((name) => choose(name, Object.keys(peerKinds) as PeerName[])),
    cases:
      values.cases === undefined ? caseNames : split(values.cases).map((name) => choose(name, caseNames)),
    against: values.against,
    restMs: quick ? 10_000 : 30_000,
    isProfile: values.profile,
    markdown: values.markdown ?? null,
    words: argv.join(" "),
  };
}

function split(list: string): readonly string[] {
  return list.split(",").filter((word) => word !== "");
}

function choose<Name extends string>(word: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === word);
  if (found === undefined) throw new RangeError(`"${word}" is none of ${names.join(", ")}`);
  return found;
}

function chooseRoot(word: string | undefined): RootName {
  const names = ["host", "debian13"] as const;
  const { roots, missing } = availableRoots(word === undefined ? names : [choose(word, names)]);
  const [root] = roots;
  if (root === undefined) throw new RangeError(`no machine can be booted: ${missing.join("; ")}`);
  return root;
}

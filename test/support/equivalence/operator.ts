/** What an operator does by hand on a host between two commits, as scripts. Pure: runs nothing. */
import type { Random } from "../differential/random.ts";
import { listNames, typeOf } from "./model.ts";
import { serviceOf } from "./repair.ts";
import type { Tree } from "./tree.ts";

/** A line of bash, run as root; that it fails is as good as that it works. */
export type Action = string;

/** What the operator has left on the disk. */
export interface Hand {
  readonly edited: Set<string>;
  /**
   * Paths of own drop-ins that are still there. Each stays for one commit at least: of what was loaded and is gone again before
   * the agent looks, nobody can know.
   */
  readonly dropIns: Set<string>;
  /**
   * Nothing is stopped or killed: with Requisite= somewhere, a commit that restarts its unit would rightly fail, since what is
   * required is not up.
   */
  readonly isGentle: boolean;
}

interface Situation {
  /** The agent looks once more before the end. */
  readonly isLast: boolean;
  readonly random: Random;
  readonly tree: Tree;
  readonly hand: Hand;
}

const directory = "/etc/systemd/system";

/** Before the last commit nothing of the hand is left on the disk but edits, which that commit overwrites. */
export function chooseActions(situation: Situation): readonly Action[] {
  const { random, hand, isLast } = situation;
  const removed = isLast || random.chance(0.3) ? removeDropIns(hand) : [];
  if (random.chance(0.45)) return removed;
  const actions = [...removed];
  for (let left = 1 + random.below(2); left > 0; left -= 1) actions.push(...chooseAction(situation));
  return actions;
}

function chooseAction(situation: Situation): readonly Action[] {
  const { random, tree, hand } = situation;
  const names = listNames(tree);
  const living = names.filter((name) => !name.endsWith(".slice"));
  if (living.length === 0) return [];
  const name = random.pick(living);
  const gentle = [
    () => [`systemctl restart ${name}`],
    () => [`systemctl try-restart ${name}`],
    () => ["systemctl daemon-reload"],
    () => ["systemctl daemon-reexec"],
    () => editUnit(situation),
    () => editUnit(situation),
    () => extendUnit(situation),
  ];
  const rough = [
    () => [`systemctl stop ${name}`],
    () => [`systemctl stop ${name}`, `systemctl start ${name}`],
    // Of a mount it would end, on newer kernels, each later umount, too: that is started in the same control group.
    () => (name.endsWith(".service") ? [`systemctl kill --signal=KILL ${name}`] : []),
    () => [`systemctl start ${name}`],
    () => startHandInstance(situation),
    () => trigger(situation),
    () => stopSlice(situation),
  ];
  return random.pick(hand.isGentle ? gentle : [...gentle, ...rough])();
}

/** With or without the daemon-reload and the restart that make it count. */
function editUnit({ tree, random, hand }: Situation): readonly Action[] {
  const names = Object.keys(tree.units).filter((name) => name.endsWith(".service"));
  if (names.length === 0) return [];
  const name = random.pick(names);
  hand.edited.add(name);
  const edit = `printf '[Service]\\nEnvironment=HAND=%s\\n' ${random.below(9)} >>${directory}/${name}`;
  return [edit, "systemctl daemon-reload", `systemctl try-restart ${name}`].slice(0, 1 + random.below(3));
}

function extendUnit({ tree, random, hand, isLast }: Situation): readonly Action[] {
  if (isLast) return [];
  const names = Object.keys(tree.units).filter((name) => name.endsWith(".service"));
  if (names.length === 0) return [];
  const name = random.pick(names);
  const path = `${directory}/${name}.d/90-hand.conf`;
  hand.dropIns.add(path);
  const write = `mkdir -p ${directory}/${name}.d; printf '[Service]\\nEnvironment=EXTENDED=1\\n' >${path}`;
  return [write, "systemctl daemon-reload", `systemctl try-restart ${name}`].slice(0, 2 + random.below(2));
}

function removeDropIns(hand: Hand): readonly Action[] {
  if (hand.dropIns.size === 0) return [];
  const paths = [...hand.dropIns];
  hand.dropIns.clear();
  return [`rm -f ${paths.join(" ")}`, "systemctl daemon-reload"];
}

/** An instance that nobody declared. */
function startHandInstance({ tree }: Situation): readonly Action[] {
  const template = Object.keys(tree.units).find((name) => name.includes("@."));
  return template === undefined ? [] : [`systemctl start ${template.replace("@.", "@hand.")}`];
}

/** As a connection, the time, or a file would. */
function trigger({ tree }: Situation): readonly Action[] {
  const triggers = Object.entries(tree.units).filter(([name]) =>
    ["socket", "timer", "path"].includes(typeOf(name)),
  );
  return triggers.map(([name, unit]) => {
    if (unit.body["PathExists"] !== undefined) return `touch ${unit.body["PathExists"]}`;
    return `systemctl start ${serviceOf(name, unit)}`;
  });
}

function stopSlice({ tree }: Situation): readonly Action[] {
  const slice = Object.keys(tree.units).find((name) => name.endsWith(".slice"));
  return slice === undefined ? [] : [`systemctl stop ${slice}`];
}

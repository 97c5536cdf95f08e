/** Groups the files of the stage by the units that they make up. Pure, except that it remembers the texts that it has read. */
import path from "node:path";
import { digestBytes } from "../../lib/digest.ts";
import type { StagedUnit, StagedUnits } from "./reach.ts";
import { findStagedTarget, type Stage } from "./stage.ts";
import { readUnitText, type UnitText } from "./unit-text.ts";

interface Group {
  readonly signs: string[];
  readonly texts: UnitText[];
  readonly targets: string[];
}

export class UnitTexts {
  #texts: ReadonlyMap<string, UnitText> = new Map();

  /** The units of the revision, with those that were generated. Texts that are no longer there are forgotten. */
  group(stage: Stage): StagedUnits {
    const used = new Map<string, UnitText>();
    const groups = new Map<string, Group>();
    const add = (owner: string, sign: string): Group => {
      const group = groups.get(owner) ?? { signs: [], texts: [], targets: [] };
      groups.set(owner, group);
      group.signs.push(sign);
      return group;
    };
    const read = (digest: string, bytes: Uint8Array): UnitText => {
      const text = used.get(digest) ?? this.#texts.get(digest) ?? readUnitText(bytes);
      used.set(digest, text);
      return text;
    };
    for (const { entry, staged, owner } of stage.entries) {
      const place = path.relative(stage.units, staged);
      if (entry.kind === "file") {
        add(owner, `${place} ${entry.digest}`).texts.push(read(entry.digest, entry.bytes));
      } else {
        const target = findStagedTarget(entry);
        if (target !== null) add(owner, `${place} -> ${target}`).targets.push(target);
      }
    }
    for (const [staged, { bytes, generatedFrom }] of stage.files) {
      if (generatedFrom === undefined) continue;
      // It names its quadlet by the path in the stage, which is another one each time.
      const text = Buffer.from(Buffer.from(bytes).toString("utf8").replaceAll(stage.root, ""));
      const digest = digestBytes(text);
      const name = path.basename(staged);
      add(name, `${name} ${digest}`).texts.push(read(digest, text));
    }
    this.#texts = used;
    return new Map([...groups].map(([owner, group]) => [owner, finish(group)]));
  }
}

function finish({ signs, texts, targets }: Group): StagedUnit {
  return { identity: signs.sort().join("\n"), texts, targets };
}

/** What Podman 5.4's quadlet generator really printed with -dryrun, and what becomes of it. */
import { describe, expect, it } from "vitest";
import {
  findUnreadDropIns,
  parseGenerated,
  readGeneratorOutput,
} from "../../../src/systemd/verify/quadlets.ts";
import type { Stage, StagedFile } from "../../../src/systemd/verify/stage.ts";

const encoder = new TextEncoder();

function stageOf(texts: Readonly<Record<string, string>>): Stage {
  const files = new Map<string, StagedFile>();
  for (const [name, text] of Object.entries(texts)) {
    files.set(`/stage/quadlets/${name}`, {
      origin: `units/${name}`,
      unit: name,
      bytes: encoder.encode(text),
    });
  }
  return {
    root: "/stage",
    units: "/stage/units",
    foreign: "/stage/foreign",
    quadlets: "/stage/quadlets",
    foreignQuadlets: "/stage/foreign-quadlets",
    files,
    entries: [],
  };
}

const stage = stageOf({
  "noimage.container": "[Container]\nExec=sleep 1\n",
  "good.container": "[Container]\nImage=localhost/x:1\n",
  "good.container.d/10-x.conf": "[Container]\nTypo2=1\n",
  "data.volume": "[Volume]\nTypo=1\n",
  "short.container": "[Container]\nImage=short\n",
  "garbage.container": "garbage\n",
  "b.build": "[Build]\n",
});

describe("the generator's complaints", () => {
  it("become errors of the quadlets that they name", () => {
    const stderr = [
      "quadlet-generator[4859]: Loading source unit file /stage/quadlets/b.build",
      "quadlet-generator[4859]: Loading source drop-in file good.container.d/10-x.conf",
      'quadlet-generator[4859]: converting "noimage.container": no Image or Rootfs key specified',
      'converting "b.build": no ImageTag key specified',
    ].join("\n");
    expect(readGeneratorOutput(stderr, stage)).toEqual([
      {
        severity: "error",
        code: "quadlet-refused",
        file: "units/noimage.container",
        message: "no Image or Rootfs key specified",
      },
      {
        severity: "error",
        code: "quadlet-refused",
        file: "units/b.build",
        message: "no ImageTag key specified",
      },
    ]);
  });

  it("are placed at the key that is not supported, also in a drop-in, and name no path of the stage", () => {
    const stderr = [
      "quadlet-generator[1]: converting \"data.volume\": unsupported key 'Typo' in group 'Volume' in /stage/quadlets/data.volume",
      "converting \"good.container\": unsupported key 'Typo2' in group 'Container' in /stage/quadlets/good.container",
    ].join("\n");
    expect(
      readGeneratorOutput(stderr, stage).map(({ file, line, message }) => ({ file, line, message })),
    ).toEqual([
      { file: "units/data.volume", line: 2, message: "unsupported key 'Typo' in group 'Volume'" },
      {
        file: "units/good.container.d/10-x.conf",
        line: 2,
        message: "unsupported key 'Typo2' in group 'Container'",
      },
    ]);
  });

  it("about a file that cannot be read carry its line", () => {
    const stderr =
      'quadlet-generator[3684]: error loading "/stage/quadlets/garbage.container", file contains line 1: “garbage” which is not a key-value pair, group, or comment';
    expect(readGeneratorOutput(stderr, stage)).toMatchObject([
      { severity: "error", file: "units/garbage.container", line: 1 },
    ]);
  });

  it("are warnings where it calls them so, or where nobody knows them", () => {
    const stderr = [
      'quadlet-generator[1]: Warning: short.container specifies the image "short" which not a fully qualified image name.',
      "quadlet-generator[1]: Something nobody has seen",
    ].join("\n");
    expect(readGeneratorOutput(stderr, stage).map(({ severity, file }) => `${severity} ${file}`)).toEqual([
      "warning units/short.container",
      "warning units",
    ]);
  });

  it("about other people's quadlets are not ours", () => {
    const stderr = 'quadlet-generator[1]: converting "foreign.container": no Image or Rootfs key specified';
    expect(readGeneratorOutput(stderr, stage).filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

it("the generated services are taken from its standard output", () => {
  const stdout = "---svc.service---\n[Service]\nFoo=1\n\n---p-pod.service---\n[Unit]\nA=b\n";
  expect([...parseGenerated(stdout).keys()]).toEqual(["svc.service", "p-pod.service"]);
  expect(parseGenerated(stdout).get("svc.service")).toBe("[Service]\nFoo=1\n\n");
  expect(parseGenerated("")).toEqual(new Map());
});

describe("a generator that does not name the drop-ins of quadlets", () => {
  it("reads none, as podman before 5.0: an error, since secrets would be missing", () => {
    const stderr = "quadlet-generator[7]: Loading source unit file /stage/quadlets/good.container";
    expect(findUnreadDropIns(stage, stderr)).toMatchObject([
      { severity: "error", code: "quadlet-refused", file: "units/good.container.d/10-x.conf" },
    ]);
    const read = "quadlet-generator[7]: Loading source drop-in file good.container.d/10-x.conf";
    expect(findUnreadDropIns(stage, `${stderr}\n${read}`)).toEqual([]);
  });

  it("has nothing to read when the drop-ins belong to no quadlet", () => {
    const files = { "good.container": "[Container]\n", "other.container.d/10-x.conf": "[Container]\n" };
    expect(findUnreadDropIns(stageOf(files), "")).toEqual([]);
  });
});

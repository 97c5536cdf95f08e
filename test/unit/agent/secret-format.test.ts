/** One file of the repository may give a unit several credentials: a made-up format goes the whole way, from git to memory. */

import { describe, expect, it } from "vitest";
import { type PreparePorts, preparePlan } from "../../../src/agent/prepare.ts";
import { PrepareMemory } from "../../../src/agent/prepare-memory.ts";
import { restoreCredentials } from "../../../src/agent/restore.ts";
import { noMeter } from "../../../src/agent/round-meter.ts";
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import { openGate } from "../../../src/core/gate/gate.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import { emptyInventory, type Inventory } from "../../../src/core/model/inventory.ts";
import { credentialKey, type SecretFile } from "../../../src/core/model/secret-format.ts";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import type { OpenedSecret, Plaintext, SecretsPort, StoredSecret } from "../../../src/core/ports/secrets.ts";
import { digestText, layout, makeConfig, makeRevision, policy } from "../../support/values/scenario.ts";
import { severalFormat } from "../../support/values/secret-file.ts";

const web = "[Service]\nExecStart=/bin/true\nLoadCredential=user\n[Install]\nWantedBy=multi-user.target\n";
const dropIn = `${layout.unitDirectory}/web.service.d/50-gitops-agent-credentials.conf`;
const signal = new AbortController().signal;
const revision = makeRevision();

type Repository = Readonly<Record<string, string>>;

/** Takes files for decrypted as they are. */
class Secrets implements SecretsPort {
  readonly formats = [...secretFormats, severalFormat];
  readonly opened: string[] = [];

  async openAll(files: readonly SecretFile[], _stored: readonly StoredSecret[]) {
    const entries = files.flatMap(({ file, format, unit, items }) => {
      this.opened.push(file.path);
      return items.map((item): [string, OpenedSecret] => {
        const bytes = format.extract(file.bytes, item) ?? new Uint8Array();
        const digest = digestText(bytes);
        return [credentialKey({ unit, name: item.name }), { bytes, digest, cacheKey: digest }];
      });
    });
    return new Map(entries);
  }
}

function makePorts(repository: Repository, secrets: SecretsPort): PreparePorts {
  const files = Object.entries(repository).map(([path, text]): SnapshotFile => {
    const bytes = Buffer.from(text);
    return { path, mode: "file", bytes, blob: digestText(bytes) };
  });
  const absent = { activeState: "inactive", subState: "dead", loadState: "not-found", job: null } as const;
  const stopped = { ...absent, invocationId: null, startedAtUs: 0, triggeredBy: [], needDaemonReload: false };
  return {
    layout,
    secrets,
    digestBytes: digestText,
    memory: new PrepareMemory(),
    meter: noMeter,
    validate: async () => [],
    parseRepositoryConfig: () => ({ config: makeConfig({ files: {} }), diagnostics: [] }),
    source: {
      readSnapshot: async (_revision: unknown, wanted: (path: string) => boolean) => ({
        revision,
        files: new Map(files.filter(({ path }) => wanted(path)).map((file) => [file.path, file])),
      }),
    },
    files: { observe: async () => new Map(), list: async () => [] },
    credentials: { readComplete: async () => null },
    manager: {
      readUnits: async (names: readonly string[]) =>
        new Map(names.map((name) => [name, { ...stopped, name }])),
      readDownCauses: async () => new Map(),
      readTies: async () => new Map(),
    },
  } as unknown as PreparePorts;
}

function prepare(repository: Repository, inventory: Inventory = emptyInventory) {
  const ports = makePorts({ "units/web.service": web, ...repository }, new Secrets());
  return preparePlan(ports, { host: "h1", policy, gate: openGate }, revision, inventory, signal);
}

function textsOf(plaintexts: readonly Plaintext[]): readonly string[] {
  return plaintexts.map(({ unit, name, bytes }) => `${unit}/${name} ${Buffer.from(bytes).toString()}`);
}

const pair = "secrets/web.service/user+TOKEN.several";

describe("a file that gives two values", () => {
  it("becomes two credentials of its unit, each delivered in its own way", async () => {
    const { desired, plan, plaintexts } = await prepare({ [pair]: "user=u\nTOKEN=t\n" });
    expect(desired.credentials).toMatchObject([
      {
        unit: "web.service",
        name: "user",
        delivery: "credential",
        origin: pair,
        digest: digestText(Buffer.from("u")),
      },
      { unit: "web.service", name: "TOKEN", delivery: "environment", origin: pair },
    ]);
    const file = desired.files.get(dropIn);
    const text = file?.kind === "file" ? Buffer.from(file.bytes).toString() : "";
    expect(text).toContain(`LoadCredential=user:${layout.credentialsPath}/web.service/user\n`);
    expect(text).toContain(`EnvironmentFile=${layout.credentialsPath}/web.service/TOKEN\n`);
    expect(Object.keys(desired.units.get("web.service")?.definition.credentials ?? {})).toEqual([
      "user",
      "TOKEN",
    ]);
    expect(desired.units.get("web.service")?.locations["Service.EnvironmentFile"]).toEqual([pair]);
    expect(plan.steps).toContainEqual(
      expect.objectContaining({ kind: "credentials", changed: ["web.service/TOKEN", "web.service/user"] }),
    );
    expect(textsOf(plaintexts)).toEqual(["web.service/user u", "web.service/TOKEN TOKEN=t"]);
  });

  it("changes the one whose value changed", async () => {
    const before = await prepare({ [pair]: "user=u\nTOKEN=t\n" });
    const inventory = { ...emptyInventory, credentials: before.desired.credentials };
    const { plan } = await prepare({ [pair]: "user=u\nTOKEN=new\n" }, inventory);
    expect(plan.steps).toContainEqual(
      expect.objectContaining({ kind: "credentials", changed: ["web.service/TOKEN"] }),
    );
  });

  it("is opened once after a boot, and both values are laid down", async () => {
    const repository = {
      [pair]: "user=u\nTOKEN=t\n",
      "secrets/web.service/key.age": "age-encryption.org/v1",
    };
    const { desired } = await prepare(repository);
    const secrets = new Secrets();
    const stored: Plaintext[] = [];
    const ports = makePorts(repository, secrets);
    const count = await restoreCredentials(
      {
        ...ports,
        credentials: {
          readComplete: async () => null,
          findAltered: async () => new Map(),
          writeGeneration: async (plaintexts) => {
            stored.push(...plaintexts);
            return "g";
          },
          activate: async () => undefined,
          removeOthers: async () => undefined,
        },
        state: {
          loadInventory: async () => ({
            ...emptyInventory,
            credentials: desired.credentials,
            credentialsFrom: revision,
            generation: "lost",
          }),
          saveInventory: async () => undefined,
        } as unknown as Parameters<typeof restoreCredentials>[0]["state"],
      },
      signal,
    );
    expect(count).toBe(3);
    expect(textsOf(stored).toSorted()).toEqual([
      "web.service/TOKEN TOKEN=t",
      "web.service/key age-encryption.org/v1",
      "web.service/user u",
    ]);
    expect(secrets.opened.toSorted()).toEqual(["secrets/web.service/key.age", pair]);
  });

  it("must not give what another file gives, and both are named", async () => {
    const repository = {
      [pair]: "user=u\nTOKEN=t\n",
      "secrets/web.service/user.age": "age-encryption.org/v1",
    };
    const refused = await prepare(repository).catch((error: unknown) => error);
    if (!(refused instanceof AgentError)) throw new Error("nothing was refused");
    expect(refused.code).toBe("repository-invalid");
    expect(refused.diagnostics).toMatchObject([
      {
        code: "duplicate-credential",
        file: "secrets/web.service/user.age",
        message: `gives web.service the credential user, as ${pair} does`,
      },
    ]);
  });
});

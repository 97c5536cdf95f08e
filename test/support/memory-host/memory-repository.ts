/** A repository in memory: texts as commits, and secrets that open themselves. */
import type { PreparePorts } from "../../../src/agent/prepare.ts";
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import { repositoryConfigPath } from "../../../src/core/desired/config-text.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import type { RepositoryConfig } from "../../../src/core/model/rules.ts";
import { credentialKey } from "../../../src/core/model/secret-format.ts";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import type { SecretsPort } from "../../../src/core/ports/secrets.ts";
import type { SourcePort } from "../../../src/core/ports/source.ts";
import {
  digestText,
  listFiles,
  makeConfig,
  makeRevision,
  openSecret,
  type RepositoryText,
} from "../values/scenario.ts";

interface Commit {
  readonly revision: Revision;
  readonly files: ReadonlyMap<string, SnapshotFile>;
  readonly config: RepositoryConfig;
}

/** Units prove at once that they work: nothing here takes time. */
const health = { settleMs: 0, timeoutMs: 0 };

export class MemoryRepository {
  readonly #revisions = new WeakMap<RepositoryText, Revision>();
  readonly #commits = new Map<string, Commit>();

  /** The same object is the same commit each time; an equal one is another commit with the same content. */
  push(text: RepositoryText): Revision {
    const known = this.#revisions.get(text);
    if (known !== undefined) return known;
    const revision = makeRevision();
    const config = makeConfig(text);
    this.#revisions.set(text, revision);
    this.#commits.set(revision.commit, {
      revision,
      // The rules are values, not YAML: the file only says which ones.
      files: new Map([...listFiles(text), [repositoryConfigPath, configFile(revision)]]),
      config: { ...config, defaults: { ...config.defaults, health } },
    });
    return revision;
  }

  readonly source: SourcePort = {
    isRewritten: async () => false,
    verifyHistory: async () => null,
    fetch: async () => {
      const newest = [...this.#commits.values()].at(-1);
      if (newest === undefined) throw new Error("nothing was pushed");
      return newest.revision;
    },
    readSnapshot: async (revision, wanted) => ({
      revision,
      files: new Map([...this.#find(revision.commit).files].filter(([path]) => wanted(path))),
    }),
  };

  readonly secrets: SecretsPort = {
    formats: secretFormats,
    openAll: async (files) =>
      new Map(
        files.flatMap(({ unit, items, file }) =>
          items.map(({ name }) => [credentialKey({ unit, name }), openSecret(file)] as const),
        ),
      ),
  };

  readonly parseRepositoryConfig: PreparePorts["parseRepositoryConfig"] = (text) => ({
    config: this.#find(text).config,
    diagnostics: [],
  });

  #find(commit: string): Commit {
    const found = this.#commits.get(commit);
    if (found === undefined) throw new Error(`there is no commit ${commit}`);
    return found;
  }
}

function configFile({ commit }: Revision): SnapshotFile {
  const bytes = new TextEncoder().encode(commit);
  return { path: repositoryConfigPath, mode: "file", bytes, blob: digestText(bytes) };
}

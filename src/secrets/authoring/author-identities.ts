/** Finds the private keys of a person who edits secrets. Must not know the agent's own identities. */
import path from "node:path";
import { AgentError, type Diagnostic } from "../../core/model/errors.ts";
import { type LoadedIdentities, loadIdentities } from "../formats/identities.ts";

/** The places where such keys usually are. keygen puts a new key into the first one. */
export function listUsualIdentities(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): readonly string[] {
  const config = env["XDG_CONFIG_HOME"] || path.join(home, ".config");
  return [
    path.join(config, "gitops-agent", "identity.txt"),
    path.join(config, "age", "identity.txt"),
    path.join(config, "age", "keys.txt"),
    path.join(config, "sops", "age", "keys.txt"),
    path.join(home, ".ssh", "id_ed25519"),
  ];
}

/**
 * Loads the files that were named; all of them must work. When none was named, loads those of the usual files that
 * work.
 * @throws AgentError `identity-unusable`
 */
export async function loadAuthorIdentities(
  named: readonly string[],
  usual: readonly string[],
): Promise<LoadedIdentities> {
  if (named.length > 0) {
    const loaded = await loadIdentities(named);
    const [missing] = loaded.warnings;
    if (missing === undefined) return loaded;
    throw new AgentError("identity-unusable", missing.message, { subject: missing.file });
  }
  const usable: string[] = [];
  const unusable: Diagnostic[] = [];
  for (const file of usual) {
    try {
      await loadIdentities([file]);
      usable.push(file);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      const isAbsent = error.diagnostics.some(({ code }) => code === "identity-skipped");
      if (!isAbsent) unusable.push({ severity: "error", code: error.code, file, message: error.message });
    }
  }
  if (usable.length > 0) return loadIdentities(usable);
  throw new AgentError(
    "identity-unusable",
    `no private key of yours was found; looked for ${usual.join(", ")}`,
    {
      hint: "name one with --identity FILE, or make one with gitops-agent keygen and have an administrator add it to admins and rekey",
      diagnostics: unusable,
    },
  );
}

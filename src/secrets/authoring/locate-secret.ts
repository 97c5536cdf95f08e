/**
 * From what a person calls a secret (`web.service/db-password`, or the path of its file) to its place in the
 * repository. Guesses nothing: what could mean two places is an error that lists them. Pure.
 */
import { AgentError } from "../../core/model/errors.ts";
import type { RepositoryConfig } from "../../core/model/rules.ts";
import type { Checkout } from "./authoring.ts";
import {
  findLayersOfUnit,
  type LayerPrefix,
  listHosts,
  listSecrets,
  parsePlace,
  pathOfSecret,
  type SecretEntry,
  type SecretPlace,
} from "./secret-layout.ts";

export interface SecretReference {
  /** `UNIT/NAME`, `UNIT/NAME.env` for environment variables, or a path in the repository that ends in `.age`. */
  readonly text: string;
  /** `top`, `role:NAME` or `host:NAME`; null: where the secret is, or else where its unit is. */
  readonly layer: string | null;
}

/**
 * The place of a secret that exists, or of one that shall be made.
 * @throws AgentError `usage`
 */
export function locateSecret(repository: Checkout, reference: SecretReference): SecretPlace {
  const { config } = repository;
  if (reference.text.endsWith(".age")) return readPath(reference.text, config);
  const path = pathOfSecret(config, "", reference.text);
  const { unit, name } = readPath(path, config);
  const existing = findByName(repository, unit, name);
  const layer = reference.layer === null ? null : parseLayer(repository, reference.layer);
  const known = layer === null ? existing : existing.filter((secret) => secret.layer === layer);
  const [only] = known;
  if (only !== undefined && known.length === 1) return only;
  if (known.length > 1) throw ambiguous(reference.text, known.map(describeLayer));
  return readPath(pathOfSecret(config, layer ?? chooseLayer(repository, unit), reference.text), config);
}

/**
 * A secret that exists.
 * @throws AgentError `usage`
 */
export function findSecret(repository: Checkout, reference: SecretReference): SecretEntry {
  const place = locateSecret(repository, reference);
  const { secrets } = listSecrets(repository.snapshot, repository.config);
  const found = secrets.find(({ path }) => path === place.path);
  if (found !== undefined) return found;
  throw new AgentError("usage", `there is no secret ${place.path}`, {
    subject: place.path,
    hint: "gitops-agent secret list shows what there is; gitops-agent secret set makes a new one",
  });
}

function readPath(path: string, config: RepositoryConfig): SecretPlace {
  const place = parsePlace(path, config);
  if (place !== null && typeof place !== "string") return place;
  const why = place ?? `is not below ${config.layout.secrets.join(" or ")}/`;
  throw new AgentError("usage", `${path} ${why}`, {
    subject: path,
    hint: "name a secret as UNIT/NAME (web.service/db-password), or by the path of its .age file",
  });
}

function findByName(repository: Checkout, unit: string, name: string): readonly SecretEntry[] {
  const { secrets } = listSecrets(repository.snapshot, repository.config);
  return secrets.filter((secret) => secret.unit === unit && secret.name === name);
}

function chooseLayer({ snapshot, config }: Checkout, unit: string): LayerPrefix {
  const layers = findLayersOfUnit(snapshot, config, unit);
  // What every host has is extended by the others, not replaced.
  if (layers.includes("")) return "";
  const [only] = layers;
  if (only !== undefined && layers.length === 1) return only;
  if (only !== undefined)
    throw ambiguous(
      unit,
      layers.map((layer) => describeLayer({ layer })),
    );
  throw new AgentError(
    "usage",
    `the repository has no ${unit}, so it is not clear which layer the secret belongs to`,
    {
      subject: unit,
      hint: "check the name; for a unit that the distribution installs say --layer top, role:NAME or host:NAME",
    },
  );
}

function parseLayer({ snapshot, config }: Checkout, text: string): LayerPrefix {
  if (text === "top") return "";
  const [, kind, name = ""] = /^(role|host)(?::|s\/)([^/]+)$/.exec(text) ?? [];
  const hosts = listHosts(snapshot, config);
  const roles = [...new Set([...config.hosts.values()].flatMap((host) => host.roles))].sort();
  if (kind === "host" && hosts.includes(name)) return `hosts/${name}/`;
  if (kind === "role" && roles.includes(name)) return `roles/${name}/`;
  const known = ["top", ...roles.map((role) => `role:${role}`), ...hosts.map((host) => `host:${host}`)];
  throw new AgentError("usage", `there is no layer ${JSON.stringify(text)}`, {
    subject: "--layer",
    hint: `one of: ${known.join(", ")}`,
  });
}

function describeLayer({ layer }: { readonly layer: LayerPrefix }): string {
  const [, kind, name] = /^(role|host)s\/(.*)\/$/.exec(layer) ?? [];
  return kind === undefined ? "top" : `${kind}:${name}`;
}

function ambiguous(what: string, layers: readonly string[]): AgentError {
  return new AgentError("usage", `${what} is in more than one layer: ${layers.join(", ")}`, {
    subject: what,
    hint: `say which one is meant: --layer ${layers[0]}`,
  });
}

/**
 * Finds the place in the repository of a secret that a person names (`web.service/db-password`, or the path of its
 * file). Guesses nothing: a name that could mean two places is an error that lists them. Pure.
 */
import { listHosts } from "../../core/desired/layers.ts";
import { AgentError } from "../../core/model/errors.ts";
import {
  type Checkout,
  findLayersOfUnit,
  findPlace,
  isSecretPath,
  type LayerPrefix,
  listSecrets,
  newFile,
  pathOfSecret,
  type SecretEntry,
  type SecretPlace,
} from "./secret-layout.ts";

export interface SecretReference {
  /** `UNIT/NAME`, `UNIT/NAME.env` for environment variables, or the path of a file of secrets. */
  readonly text: string;
  /** `top`, `role:NAME` or `host:NAME`; null: where the secret is, or else where its unit is. */
  readonly layer: string | null;
}

/**
 * The place of a secret that exists, or of a new one.
 * @throws AgentError `usage`
 */
export function locateSecret(repository: Checkout, reference: SecretReference): SecretPlace {
  if (isSecretPath(repository, reference.text)) return readPath(repository, reference.text);
  const wanted = readPath(repository, pathOfSecret(repository, "", reference.text));
  const existing = findSame(repository, wanted);
  const layer = reference.layer === null ? null : parseLayer(repository, reference.layer);
  const known = layer === null ? existing : existing.filter((secret) => secret.layer === layer);
  const [only] = known;
  if (only !== undefined && known.length === 1) return only;
  if (known.length > 1) throw ambiguous(reference.text, known.map(describeLayer));
  const chosen = layer ?? chooseLayer(repository, wanted.unit);
  return readPath(repository, pathOfSecret(repository, chosen, reference.text));
}

/**
 * A secret that exists.
 * @throws AgentError `usage`
 */
export function findSecret(repository: Checkout, reference: SecretReference): SecretEntry {
  const place = locateSecret(repository, reference);
  const { secrets } = listSecrets(repository);
  const found = secrets.find(({ path }) => path === place.path);
  if (found !== undefined) return found;
  throw new AgentError("usage", `there is no secret ${place.path}`, {
    subject: place.path,
    hint: "gitops-agent secret list shows what there is; gitops-agent secret set makes a new one",
  });
}

function readPath(repository: Checkout, path: string): SecretPlace {
  const place = findPlace(repository, repository.snapshot.files.get(path) ?? newFile(path));
  if (place !== null && typeof place !== "string") return place;
  const why = place ?? `is not below ${repository.config.layout.secrets.join(" or ")}/`;
  throw new AgentError("usage", `${path} ${why}`, {
    subject: path,
    hint: "name a secret as UNIT/NAME (web.service/db-password), or by the path of its .age file",
  });
}

/** The files that give the same unit something of the same name. */
function findSame(repository: Checkout, { unit, items }: SecretPlace): readonly SecretEntry[] {
  const names = new Set(items.map(({ name }) => name));
  return listSecrets(repository).secrets.filter(
    (secret) => secret.unit === unit && secret.items.some(({ name }) => names.has(name)),
  );
}

function chooseLayer({ snapshot, config }: Checkout, unit: string): LayerPrefix {
  const layers = findLayersOfUnit(snapshot, config, unit);
  // The top layer, which every host has, comes first: the other layers only extend the unit.
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

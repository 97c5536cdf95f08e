/**
 * The generated drop-in that delivers a unit's credentials (systemd.exec(5), LoadCredential=). Pure; handles names
 * and paths only, never a plaintext.
 */
import { restoreUnit } from "../model/agent-units.ts";
import type { DesiredCredential } from "../model/desired.ts";
import { isQuadletName, parseInstance, typeOfUnit } from "../units/unit-name.ts";
import type { ContainerSecretLines } from "./container-secrets.ts";

export const credentialDropInName = "50-gitops-agent-credentials.conf";

/** The section of this unit's type that takes LoadCredential=; null when the type has none. */
export function credentialSectionOf(unit: string): string | null {
  if (isQuadletName(unit)) return "Service";
  const sections: Readonly<Record<string, string>> = {
    service: "Service",
    socket: "Socket",
    mount: "Mount",
    swap: "Swap",
  };
  return sections[typeOfUnit(unit)] ?? null;
}

export function groupByUnit(
  credentials: readonly DesiredCredential[],
): ReadonlyMap<string, readonly DesiredCredential[]> {
  const byUnit = new Map<string, DesiredCredential[]>();
  for (const credential of credentials) {
    byUnit.set(credential.unit, [...(byUnit.get(credential.unit) ?? []), credential]);
  }
  return byUnit;
}

/**
 * The credentials of a unit: its own, and those of its template with other names. The drop-in of an instance must list
 * both, because it hides the template's drop-in of the same file name (measured on 252 and 257).
 */
export function selectCredentials(
  unit: string,
  byUnit: ReadonlyMap<string, readonly DesiredCredential[]>,
): readonly DesiredCredential[] {
  const own = byUnit.get(unit) ?? [];
  const template = parseInstance(unit)?.template;
  const inherited = template === undefined ? [] : (byUnit.get(template) ?? []);
  const ownNames = new Set(own.map(({ name }) => name));
  return [...inherited.filter(({ name }) => !ownNames.has(name)), ...own];
}

export interface CredentialDropIn {
  readonly unit: string;
  /** The section of the unit that takes LoadCredential=. */
  readonly section: string;
  readonly credentials: readonly DesiredCredential[];
  /** The directory of the credentials in use. */
  readonly currentPath: string;
  /** What a quadlet needs besides for its Secret= lines. */
  readonly secrets: ContainerSecretLines;
}

/** The text of the drop-in. */
export function buildCredentialDropIn(input: CredentialDropIn): string {
  const { unit, section, credentials, currentPath, secrets } = input;
  const loads = credentials.map((credential) => {
    const file = `${currentPath}/${credential.unit}/${credential.name}`;
    return credential.delivery === "environment"
      ? `EnvironmentFile=${file}`
      : `LoadCredential=${credential.name}:${file}`;
  });
  return [
    `# Written by gitops-agent: the credentials of ${unit}, decrypted from secrets/ in git.`,
    "[Unit]",
    `Wants=${restoreUnit}`,
    `After=${restoreUnit}`,
    "",
    `[${section}]`,
    ...loads,
    ...secrets.service,
    "",
    ...(secrets.container.length === 0 ? [] : ["[Container]", ...secrets.container, ""]),
  ].join("\n");
}

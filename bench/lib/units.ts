/** The repositories that are measured: units that look like real ones, and their changes. Pure. */
import type { FixtureChanges } from "../../test/support/git/git-fixture.ts";

/** How many services there are, and how many of them run. */
export interface Fleet {
  readonly units: number;
  readonly running: number;
}

/** Beside the services of a fleet: a oneshot at work, a service with a secret, and two timers. */
export const jobUnit = "bench-job.service";
export const secretUnit = "bench-secret.service";
export const secretPath = `secrets/${secretUnit}/token.age`;
export const timerUnits: readonly string[] = ["bench-0.timer", "bench-1.timer"];

export function nameService(index: number): string {
  return `bench-${index}.service`;
}

/** "1000", or "1000/100" when 100 of 1,000 run. */
export function describeFleet({ units, running }: Fleet): string {
  return running === units ? String(units) : `${units}/${running}`;
}

/** @throws RangeError for anything but "N" and "N/RUNNING" */
export function parseFleet(text: string): Fleet {
  const [units = Number.NaN, running = units] = text.split("/").map(Number);
  if (Number.isInteger(units) && Number.isInteger(running) && units >= running && running >= 10)
    return { units, running };
  throw new RangeError(
    `"${text}" is no number of units: write 200, or 200/100 when 100 of them run (at least 10)`,
  );
}

/** About as long as the unit files of a distribution. */
export function describeService(index: number, revision: number, isEnabled: boolean): string {
  return [
    "[Unit]",
    `Description=Service number ${index}`,
    "Documentation=man:sleep(1) https://example.org/docs",
    "After=network.target",
    "",
    "[Service]",
    "Type=exec",
    `Environment=INDEX=${index} REVISION=${revision} MODE=production LOG_LEVEL=info`,
    "ExecStart=/bin/sleep infinity",
    "Restart=on-failure",
    "RestartSec=5s",
    "NoNewPrivileges=yes",
    "MemoryMax=512M",
    "TasksMax=64",
    ...(isEnabled ? ["", "[Install]", "WantedBy=multi-user.target"] : []),
    "",
  ].join("\n");
}

/** @param delayHours when it elapses after its start, so that a restart moves that */
export function describeTimer(index: number, delayHours: number): string {
  return [
    "[Unit]",
    `Description=Timer number ${index}`,
    "[Timer]",
    `OnActiveSec=${delayHours}h`,
    `Unit=bench-timed-${index}.service`,
    "[Install]",
    "WantedBy=timers.target",
    "",
  ].join("\n");
}

/** The units that are there before the first sync of a fleet. The job is started by whoever measures. */
export function makeStartingPoint(): FixtureChanges {
  return {
    [`units/${jobUnit}`]:
      "[Unit]\nDescription=A job\n[Service]\nType=oneshot\nExecStart=/bin/sleep infinity\nTimeoutStartSec=infinity\n",
  };
}

export interface SecretText {
  /** Encrypted. */
  readonly content: string;
  /** Where the tool puts the secret in clear; null when it tells systemd itself. */
  readonly credentialPath: string | null;
}

/** @param comment another one alone changes nothing for systemd */
export function describeSecretService({ credentialPath }: SecretText, comment: number): string {
  return [
    `# Managed in git, edition ${comment}.`,
    "[Service]",
    "ExecStart=/bin/sleep infinity",
    ...(credentialPath === null ? [] : [`LoadCredential=token:${credentialPath}`]),
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

/** All that the first sync adds. */
export function makeFleet({ units, running }: Fleet, secret: SecretText): FixtureChanges {
  const services = Array.from({ length: units }, (_, index) => [
    `units/${nameService(index)}`,
    describeService(index, 0, index < running),
  ]);
  const timers = timerUnits.flatMap((name, index) => [
    [`units/${name}`, describeTimer(index, 100)],
    [`units/bench-timed-${index}.service`, "[Service]\nType=oneshot\nExecStart=/bin/true\n"],
  ]);
  return {
    ...Object.fromEntries([...services, ...timers]),
    [`units/${secretUnit}`]: describeSecretService(secret, 0),
    [secretPath]: secret.content,
  };
}

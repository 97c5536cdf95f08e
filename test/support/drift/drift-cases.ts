/**
 * The kinds of drift, each made on a host by ordinary commands, with the commands that undo it. `baseRepository` is what the host
 * has applied before.
 */
import { sleeper } from "../texts/unit-texts.ts";
import type { DriftCase } from "./drift-case.ts";
import { fileDrift } from "./file-drift.ts";
import { unitDrift } from "./unit-drift.ts";

/** Ends when the file exists, so that a test can make it fail. */
const fragile = (file: string, settings: string) =>
  `[Service]\nExecStart=/bin/sh -c 'while [ ! -e ${file} ]; do sleep 0.1; done; exit 3'\n${settings}[Install]\nWantedBy=multi-user.target\n`;

const watched = `[Service]
Type=notify
NotifyAccess=all
WatchdogSec=3
ExecStart=/bin/sh -c 'systemd-notify --ready; while [ ! -e /run/hang ]; do systemd-notify WATCHDOG=1; sleep 0.5; done; exec sleep infinity'
[Install]
WantedBy=multi-user.target
`;

/** What a person would type: the text goes below the line that systemctl puts there for it. */
export const editorProgram =
  "#!/bin/sh\nfor file; do :; done\nsed -i '/^### Anything between/a [Service]\\nNice=5' \"$file\"\n";

export const baseRepository = {
  "gitops.yaml": "defaults: { health: { settle: 1s } }\nunits: { off.service: { state: stopped } }\n",
  "units/web.service": sleeper(),
  "units/web-app.service": sleeper(),
  "units/off.service": sleeper(),
  "units/idle.service": "[Service]\nExecStart=/bin/sleep infinity\n",
  "units/gone.service": { symlink: "/dev/null" },
  "units/again.service": fragile("/run/again", "Restart=always\nRestartSec=100ms\n"),
  "units/loop.service": fragile(
    "/run/loop",
    "Restart=always\nRestartSec=300ms\n[Unit]\nStartLimitIntervalSec=0\n",
  ),
  "units/limit.service": fragile(
    "/run/limit",
    "Restart=always\nRestartSec=50ms\n[Unit]\nStartLimitBurst=3\n",
  ),
  "units/watched.service": watched,
  "units/talk.socket": "[Socket]\nListenStream=/run/talk.sock\n[Install]\nWantedBy=sockets.target\n",
  "units/talk.service": "[Service]\nExecStart=/bin/sleep infinity\n",
  "units/night.timer": "[Timer]\nOnCalendar=2099-01-01\n[Install]\nWantedBy=timers.target\n",
  "units/night.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  "files/etc/drift.conf": "x\n",
} as const;

export const driftCases: readonly DriftCase[] = [...fileDrift, ...unitDrift];

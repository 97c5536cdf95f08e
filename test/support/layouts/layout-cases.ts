/** What each repository below test/fixtures/layouts must come to on the host web-1, and one change of it. */

import { join } from "node:path";

const layoutsDirectory = new URL("../../fixtures/layouts", import.meta.url).pathname;

/** The directory of a case on this machine. */
export function locateLayout({ name }: LayoutCase): string {
  return join(layoutsDirectory, name);
}

export interface LayoutCase {
  /** The directory below test/fixtures/layouts. */
  readonly name: string;
  /** Units that run once it is applied. */
  readonly running: readonly string[];
  /** Units that must not be known to the host, although the repository has files with such names. */
  readonly absent?: readonly string[];
  /** Units of the distribution that run before. */
  readonly before?: readonly string[];
  /** Paths that must not exist, since nothing was to make them. */
  readonly untouched?: readonly string[];
  /** Units that are masked. */
  readonly masked?: readonly string[];
  readonly change: { readonly path: string; readonly from: string; readonly to: string };
  /** The units of `running` that have a new process, or were started anew, after the change. */
  readonly changed: readonly string[];
  /** Repository paths that `check` names as passed over. */
  readonly passedOver?: readonly string[];
  /** Codes of the warnings of `check`. */
  readonly warns?: readonly string[];
  /** What `check --suggest` proposes without the gitops.yaml; null when the defaults fit. */
  readonly proposal: string | null;
  /** What `check --suggest` warns of, since nothing but gitops.yaml can say it: codes. */
  readonly unsaid?: readonly string[];
  /** True where systemd's version decides. */
  readonly onEveryRoot?: boolean;
  readonly needs?: "podman";
}

export const layoutCases: readonly LayoutCase[] = [
  {
    name: "flat",
    running: ["web.service", "queue.service"],
    absent: ["queue.timer"],
    change: { path: "services/queue.service", from: "BATCH=10", to: "BATCH=20" },
    changed: ["queue.service"],
    passedOver: ["services/README.md", "services/install.sh", "services/queue.timer.txt"],
    proposal: "layout:\n  units: [services]\n",
  },
  {
    name: "root",
    running: ["web.service", "cache.service"],
    change: { path: "web.service.d/override.conf", from: "WORKERS=2", to: "WORKERS=4" },
    changed: ["web.service"],
    passedOver: ["Makefile", "README.md", "backup.sh"],
    proposal: 'layout:\n  units: ["."]\n',
  },
  {
    name: "scattered",
    running: ["mail.service", "dns.service", "web.service", "www.service"],
    change: { path: "operators/dns/dns.service", from: "ZONE=example.org", to: "ZONE=example.net" },
    changed: ["dns.service"],
    passedOver: ["operators/dns/README.md", "operators/mail/main.cf"],
    proposal: 'layout:\n  units: ["operators/*"]\n',
  },
  {
    name: "host-tree",
    running: ["app.service", "other.service"],
    masked: ["ctrl-alt-del.target"],
    change: { path: "etc/app/app.conf", from: "info", to: "debug" },
    changed: ["app.service"],
    proposal: 'layout:\n  files: ["."]\n',
  },
  {
    name: "wants-links",
    running: ["web.service", "stack.target", "db.service", "vendor-agent.service", "vendor-cache.service"],
    change: { path: "units/web.service", from: "[Service]\n", to: "[Service]\nNice=1\n" },
    changed: ["web.service"],
    proposal: null,
    onEveryRoot: true,
  },
  {
    name: "instances-and-masks",
    running: ["queue@mail.service", "queue@video.service"],
    masked: ["telnet.socket", "vendor-cache.service"],
    change: { path: "queues/queue@mail.service.d/nice.conf", from: "Nice=3", to: "Nice=4" },
    changed: ["queue@mail.service"],
    proposal: 'layout:\n  units: ["*"]\n',
    onEveryRoot: true,
  },
  {
    name: "quadlets",
    running: ["web.service", "db.service", "db-volume.service"],
    change: { path: "containers/web/html/index.html", from: "Hello", to: "Good evening" },
    changed: ["web.service"],
    passedOver: ["containers/db/db.env.example"],
    proposal: 'layout:\n  units: ["containers/**"]\n',
    onEveryRoot: true,
    needs: "podman",
  },
  {
    name: "per-host",
    running: ["web.service", "metrics.service", "log.service"],
    absent: ["db.service"],
    change: { path: "servers/web-1/metrics.service", from: "PORT=9100", to: "PORT=9200" },
    changed: ["metrics.service"],
    proposal:
      'layout:\n  units: [".", common]\nhosts:\n  db-1: { directory: servers/db-1 }\n  web-1: { directory: servers/web-1 }\n',
  },
  {
    name: "old-and-in",
    running: ["web.service", "cache.service"],
    absent: [
      "search.service",
      "legacy.service",
      "ancient.service",
      "printer.service",
      "org.example.Web.service",
    ],
    change: { path: "systemd/cache.service", from: "Cache\n", to: "Cache\n\n[Service]\nNice=1\n" },
    changed: ["cache.service"],
    passedOver: [
      "systemd/.old/legacy.service",
      "systemd/20-wired.network",
      "systemd/archive.old/ancient.service",
      "systemd/org.example.Web.service",
      "systemd/printer.service",
      "systemd/search.service.disabled",
      "systemd/web.service.in",
      "systemd/web.service.old",
    ],
    proposal: "layout:\n  units: [systemd]\n",
  },
  {
    name: "user-units",
    running: ["web.service", "cache.service"],
    absent: ["sync.service", "mail.service"],
    change: { path: "system/web.service", from: "[Service]\n", to: "[Service]\nNice=1\n" },
    changed: ["web.service"],
    warns: ["user-unit"],
    proposal: "layout:\n  units: [system]\n",
  },
  {
    name: "several-hosts",
    running: ["web.service", "log.service"],
    absent: ["db.service"],
    change: { path: "hosts/web-1/units/web.service.d/10-port.conf", from: "8081", to: "8082" },
    changed: ["web.service"],
    proposal: null,
    unsaid: ["role-without-host", "role-without-host"],
  },
  {
    name: "timers-with-jobs",
    running: ["backup.timer", "report.timer", "monitor.service"],
    untouched: ["/run/backup-ran", "/run/report-ran"],
    change: { path: "jobs/backup.timer", from: "03:00:00", to: "04:00:00" },
    changed: [],
    proposal: "layout:\n  units: [jobs]\n",
    unsaid: ["started-twice"],
  },
  {
    name: "distribution-drop-ins",
    before: ["vendor-agent.service", "vendor-cache.service"],
    running: ["vendor-agent.service", "vendor-cache.service"],
    change: {
      path: "overrides/vendor-agent.service.d/10-limits.conf",
      from: "LEVEL=info",
      to: "LEVEL=debug",
    },
    changed: ["vendor-agent.service"],
    proposal: "layout:\n  units: [overrides]\n",
    onEveryRoot: true,
  },
  {
    name: "templates-with-targets",
    running: ["workers.target", "worker@mail.service", "worker@video.service"],
    change: { path: "workers/worker@mail.service.d/10-batch.conf", from: "BATCH=10", to: "BATCH=20" },
    changed: ["worker@mail.service"],
    proposal: "layout:\n  units: [workers]\n",
    onEveryRoot: true,
  },
];

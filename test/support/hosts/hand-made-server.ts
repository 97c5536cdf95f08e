/** The files of a server that somebody set up by hand over the years: units of every type, and what they use. Pure. */

const install = "[Install]\nWantedBy=multi-user.target\n";
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Path on the host → text, without links. */
export function describeHandMadeServer(): ReadonlyMap<string, string> {
  const unit = (name: string) => `/etc/systemd/system/${name}`;
  const files: [path: string, text: string][] = [
    ["/usr/local/bin/app", "#!/bin/sh\nexec sleep infinity\n"],
    ...numbers(20).flatMap((number): [string, string][] => [
      [
        unit(`app-${number}.service`),
        `[Unit]\nDescription=Application ${number}\n\n[Service]\nEnvironmentFile=/etc/apps/${number}.env\nExecStart=/usr/local/bin/app\n\n${install}`,
      ],
      [`/etc/apps/${number}.env`, `PORT=80${number}\nLOG_LEVEL=info\n`],
    ]),
    ...numbers(10).flatMap((number): [string, string][] => [
      [unit(`job-${number}.service`), `[Service]\nType=oneshot\nExecStart=/bin/true\n`],
      [
        unit(`job-${number}.timer`),
        `[Timer]\nOnCalendar=*-*-01 0${number % 10}:00\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n`,
      ],
    ]),
    ...numbers(4).flatMap((number): [string, string][] => [
      [unit(`echo-${number}.service`), "[Service]\nExecStart=/bin/sleep infinity\n"],
      [
        unit(`echo-${number}.socket`),
        `[Socket]\nListenStream=/run/echo-${number}.sock\n\n[Install]\nWantedBy=sockets.target\n`,
      ],
    ]),
    [unit("worker@.service"), `[Service]\nExecStart=/bin/sleep infinity\n\n${install}`],
    [unit("worker@.service.d/limits.conf"), "[Service]\nMemoryMax=64M\n"],
    [unit("stack.target"), `[Unit]\nDescription=All of the stack\n\n${install}`],
    [unit("member.service"), "[Service]\nExecStart=/bin/sleep infinity\n"],
    [unit("inbox.path"), `[Path]\nDirectoryNotEmpty=/srv/inbox\n\n${install}`],
    [unit("inbox.service"), "[Service]\nType=oneshot\nExecStart=/bin/true\n"],
    [unit("batch.slice"), "[Slice]\nCPUWeight=20\n"],
    [unit("srv-scratch.mount"), `[Mount]\nWhat=tmpfs\nWhere=/srv/scratch\nType=tmpfs\n\n${install}`],
    [unit("by-hand.service"), `[Service]\nExecStart=/bin/sleep infinity\n\n${install}`],
    [unit("linked.service"), `[Service]\nExecStart=/bin/sleep infinity\n\n${install}`],
    [unit("idle.service"), `[Service]\nExecStart=/bin/sleep infinity\n\n${install}`],
    [
      unit("named.service"),
      `[Service]\nExecStart=/bin/sleep infinity\n\n${install}Alias=other-name.service\n`,
    ],
    [unit("app-1.service.d/nice.conf"), "[Service]\nNice=5\n"],
    [unit("systemd-tmpfiles-clean.service.d/later.conf"), "[Unit]\nDescription=Cleans up\n"],
    [unit("notes.txt"), "restart app-3 after a full moon\n"],
    [unit("app-2.service.bak"), "[Service]\n"],
    ["/etc/secret/token.env", "REGION=eu\nAPI_TOKEN=wq8Hf0aZ2kLpR5\n"],
    [
      unit("secret-1.service"),
      `[Service]\nEnvironment=DB_USER=app "DB_PASSWORD=corr3ct horse"\nExecStart=/bin/sleep infinity\n\n${install}`,
    ],
    [
      unit("secret-2.service"),
      `[Service]\nExecStart=/bin/sh -c 'exec sleep infinity # postgres://app:t0psecret@db/app'\n\n${install}`,
    ],
    [
      unit("secret-3.service"),
      `[Service]\nEnvironmentFile=/etc/secret/token.env\nExecStart=/bin/sleep infinity\n\n${install}`,
    ],
  ];
  return new Map(files);
}

/** What a person ran once the files were there. */
export const handMadeCommands: readonly (readonly string[])[] = [
  ["chmod", "755", "/usr/local/bin/app"],
  ["chmod", "640", "/etc/apps/1.env"],
  ["mkdir", "-p", "/srv/inbox", "/srv/scratch", "/etc/systemd/system/stack.target.wants"],
  ["ln", "-s", "../member.service", "/etc/systemd/system/stack.target.wants/member.service"],
  ["ln", "-s", "/dev/null", "/etc/systemd/system/unwanted.service"],
  ["mkdir", "-p", "/etc/systemd/system/multi-user.target.wants"],
  ["ln", "-s", "../linked.service", "/etc/systemd/system/multi-user.target.wants/linked.service"],
  ["systemctl", "daemon-reload"],
  ["systemctl", "enable", "--now", ...numbers(20).map((number) => `app-${number}.service`)],
  ["systemctl", "enable", "--now", ...numbers(10).map((number) => `job-${number}.timer`)],
  ["systemctl", "enable", "--now", ...numbers(4).map((number) => `echo-${number}.socket`)],
  ["systemctl", "enable", "--now", "worker@mail.service", "worker@video.service"],
  ["systemctl", "start", "worker@once.service", "by-hand.service", "linked.service", "batch.slice"],
  ["systemctl", "enable", "--now", "stack.target", "inbox.path", "srv-scratch.mount", "named.service"],
  ["systemctl", "enable", "--now", "secret-1.service", "secret-2.service", "secret-3.service"],
];

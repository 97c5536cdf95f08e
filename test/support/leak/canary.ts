/** Puts a text where secrets must never be, so that a scan can prove that it looks there. */

import type { Machine } from "../machine/machine.ts";
import type { Finding, Needle } from "./scan.ts";

/** Where a scan must find the canary. The repository that the agent clones has to hold it in a file of the top level. */
export const plantedPlaces: readonly { readonly form: Finding["form"]; readonly place: RegExp }[] = [
  { form: "plain", place: /^\/var\/lib\/leak-canary$/ },
  { form: "base64", place: /^\/var\/lib\/leak-canary$/ },
  { form: "hex", place: /^\/var\/lib\/leak-canary$/ },
  { form: "plain", place: /^\/dev\/shm\/leak-canary$/ },
  { form: "plain", place: /^names and links$/ },
  { form: "plain", place: /^journal$/ },
  { form: "hex", place: /^journal$/ },
  { form: "plain", place: /^unit properties$/ },
  { form: "plain", place: /^\/proc\/\d+\/cmdline$/ },
  { form: "plain", place: /^\/proc\/\d+\/environ$/ },
  { form: "plain", place: /^objects of \/var\/lib\/gitops-agent\/repository\.git$/ },
];

/** Leaves a running leak-canary.service behind. */
export async function plantCanaries(machine: Machine, { text }: Needle): Promise<void> {
  const hex = Buffer.from(text).toString("hex");
  const base64 = Buffer.from(`password=${text}\n`).toString("base64");
  await machine.writeFile("/var/lib/leak-canary", `${text}\n${hex}\n${base64}\n`);
  await machine.writeFile("/dev/shm/leak-canary", text);
  await machine.shell('read -r name; ln -s "$name" /var/lib/leak-canary-link', { stdin: `${text}\n` });
  await machine.check(["systemd-cat", "--identifier=canary", "cat"], { stdin: `${text}\n` });
  // A field that journalctl does not show by default.
  await machine.check(["logger", "--journald"], { stdin: `MESSAGE=canary\nCANARY_FIELD=${hex}\n` });
  const command = `/bin/sh -c 'sleep infinity; : ${text}'`;
  const unit = `[Service]\nEnvironment=CANARY=${text}\nExecStart=${command}\n`;
  await machine.writeFile("/run/systemd/system/leak-canary.service", unit);
  await machine.shell("systemctl daemon-reload; systemctl start leak-canary.service");
}

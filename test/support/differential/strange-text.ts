/** Files that nobody would write, to see where systemd begins and ends a line, a comment, a header or a value. */
import type { Random } from "./random.ts";

const pieces = [
  ...["Description=", "Description =", "Description=one\n", "\nDescription=two", "[Unit]\n", "[Unit]"],
  ...["a", "b c", "ä", " ", "\t", "\f", "\v", "\u00a0", "'", '"', "=", "#", ";", "# no\n", "\n  ; no \\\n"],
  ...[
    "\\",
    "\\\\",
    "\\\n",
    "\\\r\n",
    "\\ \n",
    "\n",
    "\n\n",
    "\r\n",
    "\n\r",
    "\r",
    "\0",
    "\uFEFF",
    "\n\uFEFF",
  ],
  ...["X-Y=1\n", "nonsense\n", "=\n", "Description=\n"],
];

/** Rarely, because what follows them is not read. */
const enders = ["[Unit", "[Unit] x", "[", "]", '["]', "\uFFFF"];
const badBytes = [0xff, 0xc3, 0xed, 0x80];

/** The bytes of a drop-in that sets Description= in some way, or in none. */
export function makeStrangeText(random: Random): Uint8Array {
  const count = 3 + random.below(14);
  const parts: Uint8Array[] = [new TextEncoder().encode("[Unit]\n")];
  for (let made = 0; made < count; made += 1) {
    if (random.chance(0.02)) parts.push(Uint8Array.of(random.pick(badBytes)));
    else parts.push(new TextEncoder().encode(random.pick(random.chance(0.03) ? enders : pieces)));
  }
  return Buffer.concat(parts);
}

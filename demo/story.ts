/** The story in its order. Knows what each part is about, and nothing of how it is played. */

import type { Stage } from "./stage.ts";
import { playComment, playPlan, playPush, playRotation, playTimer } from "./story-changes.ts";
import { playFirstSync, playPrune, playReboot } from "./story-host.ts";
import { playBadCommit, playDrift } from "./story-trouble.ts";

interface Part {
  readonly title: string;
  readonly about: string;
  readonly play: (stage: Stage) => Promise<void>;
}

const parts: readonly Part[] = [
  {
    title: "The first push is the deployment",
    about: "The host pulls the repository by itself, decrypts its secrets and starts what has to run.",
    play: playFirstSync,
  },
  {
    title: "A push restarts what it changes, and nothing else",
    about: "One line of one service changes. Which processes are new afterwards?",
    play: playPush,
  },
  {
    title: "A secret is rotated",
    about:
      "The new password is encrypted with age to the host and the admin; git never sees it in clear. Whoever reads it is restarted.",
    play: playRotation,
  },
  {
    title: "A comment restarts nothing",
    about: "The file is a different one, what systemd makes of it is not.",
    play: playComment,
  },
  {
    title: "A timer is rescheduled",
    about:
      "The nightly backup moves by an hour and a half. It does not run for that, and nothing is restarted.",
    play: playTimer,
  },
  {
    title: "Look before you leap",
    about:
      "plan tells what a commit would do here, and why, before it is done. (The agent is stopped meanwhile: it would be faster than we are. Services do not mind.)",
    play: playPlan,
  },
  {
    title: "Somebody edits a file on the host",
    about:
      "Drift is an alert in the journal and in status. Here the edit was a good idea, so it goes into git as well.",
    play: playDrift,
  },
  {
    title: "A bad commit changes nothing",
    about:
      "A typing mistake in gitops.yaml comes along with a good change. All of a commit is applied, or none of it.",
    play: playBadCommit,
  },
  {
    title: "What leaves git leaves the host",
    about: "The socket and its template are deleted in git: stopped, disabled and removed here.",
    play: playPrune,
  },
  {
    title: "A reboot without network and without repository",
    about:
      "The repository is moved away and the machine boots again. The password must be there before its reader is.",
    play: playReboot,
  },
];

export const partCount = parts.length;

/** @throws whatever the first part that fails throws */
export async function playStory(stage: Stage): Promise<void> {
  for (const [index, { title, about, play }] of parts.entries()) {
    stage.screen.heading(`${index + 1}/${parts.length} ${title}`, about);
    await play(stage);
  }
}

/** The schemas of the ways in which alerts are sent: the keys below `ntfy:`, `email:` and the others in `notify:`. */
import * as z from "zod";
import { agentDefaults } from "./agent-defaults.ts";
import { checkFilePath, type Problem } from "./names.ts";
import { duration, type FieldProblem, listOf, section, text, withRules } from "./schema-parts.ts";

const minTimeoutMs = 1_000;
const maxTimeoutMs = 300_000;
const maxAddresses = 50;
const maxArguments = 64;
const maxPort = 65_535;

const filePath = text("an absolute path", checkFilePath, "^/");
const httpUrl = text("an http or https URL", checkHttpUrl, "^https?://");
const address = text("an e-mail address", checkAddress);

const tokenFile = filePath.optional().meta({
  description: "File with an access token alone on one line, mode 0600; sent as a bearer token.",
});
const urlFile = filePath.optional().meta({
  description: "File with the URL alone on one line, mode 0600: for a URL that is itself a secret.",
});

const alertmanager = section("a map with url", {
  url: httpUrl.meta({
    description: "URL of the Alertmanager, without /api/v2/alerts.",
    examples: ["http://127.0.0.1:9093"],
  }),
  "token-file": tokenFile,
});

const webhook = withRules(
  section("a map with url or url-file", {
    url: httpUrl.optional().meta({ description: "Where CloudEvents are posted to." }),
    "url-file": urlFile,
    "secret-file": filePath.optional().meta({
      description:
        "File with a key alone on one line, mode 0600: messages are signed with it (X-Hub-Signature-256).",
    }),
    "token-file": tokenFile,
  }),
  findOneUrl,
);

const ntfy = withRules(
  section("a map with url or url-file", {
    url: text("the URL of a topic", checkTopicUrl, "^https?://")
      .optional()
      .meta({ description: "URL of the topic.", examples: ["https://ntfy.example.org/hosts"] }),
    "url-file": urlFile,
    "token-file": tokenFile,
  }),
  findOneUrl,
);

const slack = section("a map with url-file", {
  "url-file": filePath.meta({
    description:
      "File with the URL of an incoming webhook of Slack or Mattermost alone on one line, mode 0600; of Discord with /slack at its end.",
  }),
});

const matrix = section("a map with url, room and token-file", {
  url: httpUrl.meta({ description: "URL of the homeserver.", examples: ["https://matrix.example.org"] }),
  room: text("the id of a room", checkRoom, "^!").meta({
    description: "The id of the room, which begins with !; the account of the token must have joined it.",
  }),
  "token-file": filePath.meta({ description: "File with the access token alone on one line, mode 0600." }),
});

const email = withRules(
  section("a map with server, from and to", {
    server: text("the name of a mail server", checkServer).meta({
      description: "Name or address of the SMTP server.",
    }),
    port: z
      .int("a number")
      .min(1, `a port is between 1 and ${maxPort}`)
      .max(maxPort, `a port is between 1 and ${maxPort}`)
      .optional()
      .meta({ description: "Default: 587 with starttls, 465 with tls, 25 with none." }),
    tls: z.enum(["starttls", "tls", "none"]).optional().meta({
      description: "starttls: encryption is required after the greeting; tls: from the beginning.",
      default: "starttls",
    }),
    "ca-file": filePath.optional().meta({ description: "File with the certificates to trust, as PEM." }),
    user: text("a name", checkLine).optional().meta({ description: "Name to log in with." }),
    "password-file": filePath.optional().meta({
      description: "File with the password alone on one line, mode 0600.",
    }),
    from: address.meta({ description: "The sender." }),
    to: listOf("a list of e-mail addresses", address)
      .min(1, "at least one address is needed here")
      .max(maxAddresses, `at most ${maxAddresses} addresses are possible here`)
      .meta({ description: "The receivers." }),
  }),
  findHalfLogin,
);

const commandNoun = "a command as a list of arguments";

const command = withRules(
  section("a map with run", {
    run: listOf(commandNoun, text("an argument", checkArgument))
      .max(maxArguments, `a command has at most ${maxArguments} arguments`)
      .meta({
        description:
          "The command as a list of arguments, the program by its absolute path; there is no shell.",
        examples: [["/usr/local/bin/tell", "--urgent"]],
      }),
    input: z.enum(["json", "text"]).optional().meta({
      description: "What it reads from its standard input.",
      default: "json",
    }),
    timeout: duration(minTimeoutMs, maxTimeoutMs).optional().meta({
      description: "After so long it is killed, and tried again later.",
      default: agentDefaults.notifyTimeout,
    }),
  }),
  findBadProgram,
);

export const notifyWays = { alertmanager, webhook, ntfy, slack, matrix, email, command };

function checkHttpUrl(url: string): Problem | null {
  if (/[\s\p{Cc}]/u.test(url) || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    return { message: "expected an http or https URL" };
  }
  const { username, password, hash } = new URL(url);
  if (username !== "" || password !== "") {
    return {
      message: "the URL contains a user or a password",
      hint: "put the token into a file that only root can read, and name that file with token-file",
    };
  }
  return hash === "" ? null : { message: "a URL has no # part here" };
}

function checkTopicUrl(url: string): Problem | null {
  const problem = checkHttpUrl(url);
  if (problem !== null) return problem;
  if (/^\/(?:.*\/)?[\w-]{1,64}$/.test(new URL(url).pathname)) return null;
  return { message: "the URL has no topic", hint: "for example https://ntfy.example.org/hosts" };
}

function checkAddress(text: string): Problem | null {
  return /^[^\s@<>,;"]+@[^\s@<>,;"]+$/u.test(text) && !/\p{Cc}/u.test(text)
    ? null
    : { message: "expected an e-mail address alone: ops@example.org" };
}

function checkRoom(text: string): Problem | null {
  if (/^![^\s/?#]+$/.test(text)) return null;
  return {
    message: "expected the id of a room, which begins with !",
    hint: "Element shows it in the room's settings, under Advanced",
  };
}

function checkServer(text: string): Problem | null {
  return /^[A-Za-z0-9.:_-]+$/.test(text)
    ? null
    : { message: "expected the name or the address of a server, without a port" };
}

function checkLine(text: string): Problem | null {
  return text !== "" && !/\p{Cc}/u.test(text) ? null : { message: "expected one line of text" };
}

function checkArgument(text: string): Problem | null {
  return text.includes("\0") ? { message: "an argument cannot contain NUL" } : null;
}

function findOneUrl({ url, "url-file": file }: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  if (url === undefined && file === undefined) {
    return [{ path: [], message: "neither url nor url-file is given", hint: "add one of them" }];
  }
  if (url === undefined || file === undefined) return [];
  return [{ path: ["url-file"], message: "url and url-file exclude each other", hint: "remove one of them" }];
}

function findHalfLogin(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const { user, "password-file": file, tls } = value;
  if ((user === undefined) !== (file === undefined)) {
    const path = [user === undefined ? "password-file" : "user"];
    return [
      { path, message: "user and password-file belong together", hint: "add the other one, or remove this" },
    ];
  }
  if (file === undefined || tls !== "none") return [];
  const message = "the password would be sent without encryption";
  return [{ path: ["tls"], message, hint: "use starttls or tls, or remove user and password-file" }];
}

function findBadProgram({ run }: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  if (!Array.isArray(run)) return [];
  const [program]: readonly unknown[] = run;
  if (program === undefined) return [{ path: ["run"], message: "expected a command, found an empty list" }];
  if (typeof program !== "string" || program.startsWith("/")) return [];
  return [
    {
      path: ["run", "0"],
      message: "the program is named by its absolute path",
      hint: `command -v ${program} prints it`,
    },
  ];
}

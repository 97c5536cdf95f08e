/** The token of a token-file reaches the server it is meant for, and nothing else. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { everything, neverAborted, openRepository } from "./open-repository.ts";

const token = "tok-9f3b7c55e1";
const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts a server on the loopback and returns its URL. */
async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

function demandToken(response: ServerResponse, body = "who are you?"): void {
  response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"', "Content-Type": "text/plain" });
  response.end(body);
}

/** git's own smart HTTP server, as a CGI program. */
function serveGit(directory: string): Handler {
  return (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const env = {
      PATH: process.env["PATH"],
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      ...(request.headers["content-encoding"] === "gzip" ? { HTTP_CONTENT_ENCODING: "gzip" } : {}),
    };
    const backend = spawn("git", ["http-backend"], { env });
    const output: Buffer[] = [];
    request.pipe(backend.stdin);
    backend.stdin.on("error", () => {});
    backend.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    backend.on("close", () => {
      const whole = Buffer.concat(output);
      const end = whole.indexOf("\r\n\r\n");
      for (const line of whole.toString("latin1", 0, end).split("\r\n")) {
        const [name = "", value = ""] = line.split(/: (.*)/s);
        if (name === "Status") response.statusCode = Number(value.slice(0, 3));
        else response.setHeader(name, value);
      }
      response.end(whole.subarray(end + 4));
    });
  };
}

/** Command lines and environments of all processes that this user may see. */
function readProcesses(): string {
  const files = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => [`/proc/${name}/cmdline`, `/proc/${name}/environ`]);
  return files
    .map((path) => {
      try {
        return readFileSync(path, "latin1");
      } catch {
        return "";
      }
    })
    .join("\n");
}

async function openWithToken(content = `${token}\n`) {
  const opened = await openRepository();
  const tokenFile = join(opened.source.directory, "the token's file");
  await writeFile(tokenFile, content, { mode: 0o600 });
  return { ...opened, tokenFile };
}

describe("a repository behind https with a token", () => {
  it("is fetched, and the token shows on no command line, in no environment and no file of the clone", async () => {
    const { source, reopen, tokenFile, cloneDirectory } = await openWithToken();
    const commit = await source.commit({ a: "1" });
    const backend = serveGit(source.directory);
    const seen: string[] = [];
    const url = await serve((request, response) => {
      if (request.headers.authorization !== authorization) return demandToken(response);
      seen.push(readProcesses());
      backend(request, response);
    });
    const repository = reopen({ url: `${url}/config.git`, tokenFile });
    const revision = await repository.fetch(neverAborted());
    expect(revision.commit).toBe(commit);
    expect((await repository.readSnapshot(revision, everything, neverAborted())).files.size).toBe(1);

    expect(seen.length).toBeGreaterThan(0);
    // The precondition: the look at the processes saw the right ones.
    expect(seen.join()).toContain(`${url}/config.git`);
    expect(seen.join()).toContain(tokenFile);
    expect(seen.join()).not.toContain(token);
    for (const entry of await readdir(cloneDirectory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        expect(await readFile(join(entry.parentPath, entry.name), "latin1")).not.toContain(token);
    }
  });

  it("that refuses the token is reported without it, even when the server repeats it", async () => {
    const { reopen, tokenFile } = await openWithToken();
    const received: string[] = [];
    const url = await serve((request, response) => {
      received.push(request.headers.authorization ?? "");
      const encoded = authorization.slice("Basic ".length);
      demandToken(response, `token ${token} (${encoded}) has expired\n`);
    });
    const failing = reopen({ url: `${url}/config.git`, tokenFile }).fetch(neverAborted());
    const error: unknown = await failing.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: "repository-unreachable",
      message: expect.stringContaining("does not let the agent in"),
      hint: expect.stringContaining(tokenFile),
    });
    expect(received).toContain(authorization);
    const shown = inspect(error, { depth: 10, showHidden: true });
    expect(shown).not.toContain(token);
    expect(shown).not.toContain(authorization.slice("Basic ".length));
  });

  it.each([
    ["at once", false],
    ["after it has seen the token", true],
  ])("that redirects %s does not get the token to another server", async (_when, asksFirst) => {
    const { reopen, tokenFile } = await openWithToken();
    const received: string[] = [];
    const elsewhere = await serve((request, response) => {
      received.push(request.headers.authorization ?? "none");
      demandToken(response);
    });
    const url = await serve((request, response) => {
      if (asksFirst && request.headers.authorization === undefined) return demandToken(response);
      response.writeHead(302, { Location: `${elsewhere}${request.url}` });
      response.end();
    });
    await expect(reopen({ url: `${url}/config.git`, tokenFile }).fetch(neverAborted())).rejects.toMatchObject(
      {
        code: "repository-unreachable",
      },
    );
    expect(received.length).toBeGreaterThan(0);
    expect(received.filter((header) => header !== "none")).toEqual([]);
  });

  it("asks for a token-file when there is none, and never prompts", async () => {
    const { reopen } = await openRepository();
    const url = await serve((_request, response) => demandToken(response));
    await expect(reopen({ url: `${url}/config.git` }).fetch(neverAborted())).rejects.toMatchObject({
      code: "repository-unreachable",
      hint: expect.stringContaining("token-file"),
    });
  });

  it.each([
    ["is missing", null],
    ["is empty", "\n"],
    ["has a carriage return", `${token}\r\n`],
    ["has two lines", `${token}\nusername=root\n`],
  ])("is not asked when the token file %s", async (_what, content) => {
    const { reopen, tokenFile } = await openWithToken(content ?? "");
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      demandToken(response);
    });
    const path = content === null ? `${tokenFile}.missing` : tokenFile;
    const error: unknown = await reopen({ url: `${url}/config.git`, tokenFile: path })
      .fetch(neverAborted())
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ code: "repository-unreachable", subject: path });
    expect(inspect(error)).not.toContain(token);
    expect(requests).toBe(0);
  });

  it("is not asked when other users may read the token file, as with an identity", async () => {
    const { reopen, tokenFile } = await openWithToken();
    await chmod(tokenFile, 0o644);
    const url = await serve((_request, response) => demandToken(response));
    await expect(reopen({ url: `${url}/config.git`, tokenFile }).fetch(neverAborted())).rejects.toMatchObject(
      {
        code: "repository-unreachable",
        message: `cannot use the token file ${tokenFile}: its permissions (0644) let other users read it`,
        hint: expect.stringContaining(`chmod 600 ${tokenFile}`),
      },
    );
  });

  it.each([404, 500, 503])("that answers %i is reported as such", async (status) => {
    const { reopen } = await openRepository();
    const url = await serve((_request, response) => {
      response.writeHead(status);
      response.end();
    });
    await expect(reopen({ url: `${url}/config.git` }).fetch(neverAborted())).rejects.toMatchObject({
      code: "repository-unreachable",
      message: expect.stringContaining(status === 404 ? "there is no repository" : "cannot reach"),
    });
  });
});

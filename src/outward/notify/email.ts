/** Sends messages by SMTP. The only file that loads nodemailer, and itself loaded only for a channel that sends e-mail. */
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { createTransport } from "nodemailer";
import { AgentError } from "../../core/model/errors.ts";
import type { EmailWay } from "../../core/model/notify-settings.ts";
import { readBoundedFile } from "../../lib/bounded-file.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { errnoOf, explainSystemError } from "../../lib/system-error.ts";
import { readSecretFile } from "../secret-file.ts";
import type { Answered, Outgoing, Transport } from "./transport.ts";

const timeoutMs = 20_000;
const shownLength = 200;
/** A bundle of all public certificate authorities has a quarter of it. */
const longestCertificates = 1024 * 1024;

interface Secrets {
  readonly password: string | null;
  readonly ca: string | null;
}

export function makeEmail(settings: EmailWay): Transport {
  return {
    checkSecrets: async () => void (await readSecrets(settings)),
    send: async (outgoing, signal) => {
      const secrets = await readSecrets(settings);
      const transport = prepare(settings, secrets, await connect(settings, signal));
      const stop = () => transport.close();
      signal.addEventListener("abort", stop, { once: true });
      try {
        const { response } = await transport.sendMail(compose(settings, outgoing));
        return { outcome: "sent", answer: show(response, secrets) };
      } catch (error) {
        return judge(error, settings, secrets);
      } finally {
        signal.removeEventListener("abort", stop);
        transport.close();
      }
    },
  };
}

async function readSecrets({ login, caFile }: EmailWay): Promise<Secrets> {
  return {
    password: login === null ? null : await readSecretFile(login.passwordFile),
    ca: caFile === null ? null : await readCertificates(caFile),
  };
}

async function readCertificates(file: string): Promise<string> {
  try {
    const { bytes } = await readBoundedFile(file, { limitBytes: longestCertificates, symlink: "follow" });
    return new TextDecoder().decode(bytes);
  } catch (error) {
    const { what, hint } = explainSystemError(error);
    throw new AgentError("integration-secret", `cannot read ${file}: ${what}`, {
      subject: file,
      hint,
      cause: error,
    });
  }
}

/**
 * Finds the server as every program of this host does. nodemailer asks DNS by itself, without /etc/hosts, and writes warnings
 * to the console.
 */
async function connect({ server, port }: EmailWay, signal: AbortSignal): Promise<Socket> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const socket = createConnection({ host: server, port, autoSelectFamily: true });
  try {
    await once(socket, "connect", { signal: limit });
    return socket;
  } catch (error) {
    socket.destroy();
    const why = limit.aborted ? `no answer within ${timeoutMs / 1000} s` : (errnoOf(error) ?? String(error));
    throw new Error(`cannot reach ${server}:${port}: ${why}`);
  }
}

function prepare(settings: EmailWay, { password, ca }: Secrets, connection: Socket) {
  const { server, port, tls, login } = settings;
  return createTransport({
    host: server,
    port,
    getSocket: (_options, callback) => callback(null, { connection }),
    secure: tls === "tls",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    tls: { minVersion: "TLSv1.2", ...(ca === null ? {} : { ca }) },
    ...(login === null || password === null ? {} : { auth: { user: login.user, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function compose({ from, to }: EmailWay, { id, host, title, text }: Outgoing) {
  return {
    from: { name: `gitops-agent on ${host}`, address: from },
    to: [...to],
    subject: title,
    text: `${text}\n`,
    messageId: `<${id}@gitops-agent.${host.replaceAll("@", ".")}>`,
    // RFC 3834: no vacation message comes back.
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** A 5xx of the server is for good (RFC 5321, 4.2.1), and so is a login that it does not take; all else may pass. */
function judge(error: unknown, { server, login }: EmailWay, secrets: Secrets): Answered {
  const text = error instanceof Error ? error.message : String(error);
  const reason = `${server}: ${show(text, secrets)}`;
  const code = readResponseCode(error);
  if (code === null || code < 500) throw new Error(reason);
  const isLogin = errnoOf(error) === "EAUTH" && login !== null;
  return { outcome: "refused", reason: isLogin ? `${reason} (see ${login.passwordFile})` : reason };
}

function readResponseCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("responseCode" in error)) return null;
  return typeof error.responseCode === "number" ? error.responseCode : null;
}

function show(text: string, { password }: Secrets): string {
  const hidden = password === null ? text : text.replaceAll(password, "[not shown]");
  return escapeUnprintable(hidden.trim()).slice(0, shownLength);
}

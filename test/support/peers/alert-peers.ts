/** The other sides of alerts on a machine: an HTTP server that records requests, a mail server, and Alertmanager. */
import type { Machine } from "../machine/machine.ts";

const recordedRequests = "/run/recorder.jsonl";
const recordedMails = "/run/mails.jsonl";

/** Answers as the servers do whose API is spoken; what is below /denied is told what it sent, and refused. */
const recorderProgram = `
const { appendFileSync } = require("node:fs");
require("node:http").createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { method, url, headers } = request;
  appendFileSync("${recordedRequests}", JSON.stringify({ method, url, headers, body }) + "\\n");
  if (url.startsWith("/denied")) response.writeHead(401).end(url + " " + headers.authorization);
  else response.writeHead(200).end(url.startsWith("/_matrix") ? '{"event_id":"$1"}' : "ok");
}).listen(8080, "127.0.0.1");
`;

const mailProgram = `
import json, ssl, sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                "login": session.authenticated, "text": envelope.content.decode()}
        with open("${recordedMails}", "a") as file: file.write(json.dumps(mail) + "\\n")
        return "250 taken"
def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"agent" and data.password == sys.argv[1].encode())
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/mail/cert.pem", "/srv/mail/key.pem")
Controller(Handler(), hostname="127.0.0.1", port=2525, tls_context=context, require_starttls=True,
           auth_required=True, authenticator=authenticate).start()
time.sleep(1e9)
`;

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RecordedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly tls: boolean;
  readonly login: boolean;
  readonly text: string;
}

export class AlertPeers {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  async startRecorder(): Promise<void> {
    await this.#machine.writeFile("/srv/recorder.cjs", recorderProgram);
    await this.#machine.check(["systemd-run", "--unit=recorder", "--collect", "node", "/srv/recorder.cjs"]);
    await this.#waitForPort(8080);
  }

  async stopRecorder(): Promise<void> {
    await this.#machine.check(["systemctl", "stop", "recorder"]);
  }

  /** On port 2525, with STARTTLS and the login `agent`. Its certificate is /srv/mail/cert.pem. */
  async startMail(password: string): Promise<void> {
    await this.#machine.writeFile("/srv/mail/server.py", mailProgram);
    await this.#machine.shell(
      `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \\
        -addext subjectAltName=DNS:localhost -keyout /srv/mail/key.pem -out /srv/mail/cert.pem 2>/dev/null
      systemd-run --unit=mail --collect python3 /srv/mail/server.py ${password}`,
    );
    await this.#waitForPort(2525);
  }

  async startAlertmanager(): Promise<void> {
    await this.#machine.writeFile("/etc/default/prometheus-alertmanager", "ARGS=--cluster.listen-address=\n");
    await this.#machine.shell(
      "systemctl unmask prometheus-alertmanager && systemctl start prometheus-alertmanager",
    );
    await this.#waitForPort(9093);
  }

  async requests(path: string): Promise<readonly RecordedRequest[]> {
    const all = await this.#readLines<RecordedRequest>(recordedRequests);
    return all.filter(({ url }) => url.startsWith(path));
  }

  mails(): Promise<readonly RecordedMail[]> {
    return this.#readLines(recordedMails);
  }

  /** The labels of the alerts that fire now, in Alertmanager's own account. */
  async firing(): Promise<readonly Readonly<Record<string, string>>[]> {
    const url = "http://127.0.0.1:9093/api/v2/alerts?active=true";
    const answer = await this.#machine.check(["curl", "--silent", "--fail", url]);
    const alerts = JSON.parse(answer) as readonly { readonly labels: Record<string, string> }[];
    return alerts.map(({ labels }) => labels);
  }

  async #readLines<Line>(file: string): Promise<readonly Line[]> {
    if (!(await this.#machine.exists(file))) return [];
    const text = await this.#machine.readFile(file);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  }

  async #waitForPort(port: number): Promise<void> {
    await this.#machine.waitFor(`port ${port}`, async () =>
      (await this.#machine.check(["ss", "-ltn"])).includes(`:${port} `),
    );
  }
}

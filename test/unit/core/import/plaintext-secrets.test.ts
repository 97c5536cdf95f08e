import { describe, expect, it } from "vitest";
import { findSecretsInText, findSecretsInUnit } from "../../../../src/core/import/plaintext-secrets.ts";

const inUnit = (line: string) =>
  findSecretsInUnit(new TextEncoder().encode(`[Service]\n${line}\n`)).map(({ what }) => what);
const inText = (text: string) => findSecretsInText(new TextEncoder().encode(text));

describe("secrets in plain text are found in a unit", () => {
  it.each([
    ["Environment=DB_PASSWORD=hunter2", "Environment= DB_PASSWORD"],
    ['Environment=A=1 "API_KEY=x y" B=2', "Environment= API_KEY"],
    ["Environment='SMTP_PASS=geheim'", "Environment= SMTP_PASS"],
    ["Environment=DATABASE_URL=postgres://app:pw@db/app", "Environment= a URL with a password"],
    ["ExecStart=/usr/bin/app --db-password=hunter2", "ExecStart= --db-password"],
    ["ExecStart=/usr/bin/app --token s3cr3ttoken", "ExecStart= --token"],
    [
      "ExecStartPost=/usr/bin/curl -H 'Authorization: Bearer abcdefgh12'",
      "ExecStartPost= an Authorization header",
    ],
    ["SetCredential=pw:hunter2", "SetCredential= pw"],
    ["Environment=GH=ghp_abcdefghijklmnopqrstuvwx", "Environment= an access token"],
  ])("%s", (line, what) => {
    expect(inUnit(line)).toEqual([what]);
  });

  it.each([
    "Environment=DB_PASSWORD_FILE=/run/secrets/pw",
    "Environment=TOKEN_PATH=/etc/token",
    "Environment=PASSWORD=%d/password",
    "Environment=PASSWORD=",
    "Environment=MONKEY=banana TOKENIZER=fast COMPASS=north",
    "ExecStart=/usr/bin/app --password-file /run/pw",
    "ExecStart=/usr/bin/app --token $TOKEN",
    "LoadCredential=password:/etc/credstore/password",
    "Environment=URL=https://user@example.org/path",
    "Environment=URL=postgres://app:$PW@db/app",
  ])("and not where there is none: %s", (line) => {
    expect(inUnit(line)).toEqual([]);
  });
});

describe("secrets in plain text are found in a file", () => {
  it("by the names of variables and the forms of tokens, with the line", () => {
    const text = "# PASSWORD is set elsewhere\nPORT=80\nexport API_TOKEN='abc123'\nurl: amqp://u:p@mq\n";
    expect(inText(text)).toEqual([
      { line: 3, what: "API_TOKEN" },
      { line: 4, what: "a URL with a password" },
    ]);
    expect(inText("-----BEGIN OPENSSH PRIVATE KEY-----\n")).toEqual([{ line: 1, what: "a private key" }]);
  });

  it("and not in what only names them", () => {
    expect(inText("PASSWORD_FILE=/run/pw\nPASSWORD=$OTHER\nuse_password=yes\n")).toEqual([]);
  });
});

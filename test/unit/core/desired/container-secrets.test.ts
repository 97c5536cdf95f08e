/** Secrets of git for containers that ask for them by Secret=. */
import { describe, expect, it } from "vitest";
import { build, type RepositoryText } from "../../../support/values/scenario.ts";

const dropIn = "/etc/containers/systemd/app.container.d/50-gitops-agent-credentials.conf";
const copies = "/run/gitops-agent/credentials/containers/%N";
const secrets = { "secrets/app.container/token.age": "a", "secrets/app.container/cert.age": "b" };

function text(lines: string, more: Readonly<Record<string, string>> = {}): RepositoryText {
  return { files: { "units/app.container": `[Container]\nImage=x\n${lines}`, ...more }, secrets };
}

function dropInOf(repository: RepositoryText): readonly string[] {
  const { desired, diagnostics } = build(repository);
  expect(diagnostics).toEqual([]);
  const file = desired.files.get(dropIn);
  if (file?.kind !== "file") throw new Error("there is no drop-in");
  return new TextDecoder().decode(file.bytes).split("\n");
}

describe("Secret= of a secret of git", () => {
  it("becomes a volume with a copy in memory, with podman's place, owner and mode", () => {
    const lines = dropInOf(text("Secret=token\n"));
    expect(lines).toContain(`Volume=${copies}/0:/run/secrets/token:ro`);
    expect(lines).toContain(`ExecStartPre=/usr/bin/install -D -m 0444 -o 0 -g 0 %d/token ${copies}/0`);
    expect(lines).toContain(`ExecStopPost=-/usr/bin/rm -rf ${copies}`);
    expect(lines.indexOf("Secret=")).toBe(lines.indexOf("[Container]") + 1);
  });

  it("keeps its options", () => {
    const lines = dropInOf(
      text("Secret=source=token,type=mount,target=/etc/x,uid=5,gid=6,mode=400 cert,target=c\n"),
    );
    expect(lines).toContain(`Volume=${copies}/0:/etc/x:ro`);
    expect(lines).toContain(`ExecStartPre=/usr/bin/install -D -m 400 -o 5 -g 6 %d/token ${copies}/0`);
    expect(lines).toContain(`Volume=${copies}/1:/run/secrets/c:ro`);
  });

  it("leaves secrets of podman's own to podman, and leaves a quadlet without Secret= as it is", () => {
    expect(dropInOf(text("Secret=token\nSecret=other,type=env\n"))).toContain("Secret=other,type=env");
    expect(dropInOf(text("Secret=other\n")).join("\n")).not.toContain("[Container]");
    expect(dropInOf(text("")).join("\n")).not.toContain("Exec");
  });

  it("counts in a drop-in of the repository as well", () => {
    const more = { "units/app.container.d/10-secret.conf": "[Container]\nSecret=token\n" };
    expect(dropInOf(text("", more))).toContain(`Volume=${copies}/0:/run/secrets/token:ro`);
  });

  it.each([
    ["Secret=token,type=env,target=TOKEN", "podman would write the value of a variable to the disk"],
    ["Secret=token,mode=rw", "the option mode=rw is not known"],
  ])("as %s is an error with its line", (line, message) => {
    const { diagnostics } = build(text(`${line}\n`));
    expect(diagnostics).toMatchObject([
      { code: "secret-undeliverable", severity: "error", file: "units/app.container", line: 3 },
    ]);
    expect(diagnostics[0]?.message).toContain(message);
  });
});

describe("an environment file for a container", () => {
  it("is refused, and the message says what works instead", () => {
    const files = { "units/app.container": "[Container]\nImage=x\n" };
    const { diagnostics } = build({ files, secrets: { "secrets/app.container/app.env.age": "A=b" } });
    expect(diagnostics).toMatchObject([{ code: "not-a-secret", severity: "error" }]);
    expect(diagnostics[0]?.message).toContain("add Secret=app to app.container");
  });
});

import { describe, expect, test } from "vitest";
import { ageFormat } from "../../../src/core/desired/age-format.ts";
import { reportSecrets } from "../../../src/secrets/authoring/authoring-check.ts";
import { parseRecipient } from "../../../src/secrets/formats/recipients.ts";
import { severalFormat } from "../../support/values/secret-file.ts";
import { checkoutOf, encryptFor, newRecipient } from "./checkout.ts";

const sshHost =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN0i4eTn8vSlJZzCqIOPbJ54SALhE+dVkZEiU2Q/kC7H root@media-1";
const path = "secrets/web.service/key.age";
const unit = { "units/web.service": "" };
const ssh = () => parseRecipient(sshHost).key;

describe("what the files tell of who can decrypt a secret", () => {
  test("an ssh key is recognized, age keys are counted", async () => {
    const [host, admin] = [await newRecipient(), await newRecipient()];
    const { secrets, diagnostics } = reportSecrets(
      checkoutOf(
        { ...unit, [path]: await encryptFor(ssh(), host, admin) },
        { hosts: { a: { recipient: sshHost }, b: { recipient: host } }, admins: [admin] },
      ),
    );
    expect(diagnostics).toEqual([]);
    expect(secrets[0]?.readers.map(({ who, access }) => [who, access])).toEqual([
      ["a", "yes"],
      ["b", "likely"],
      ["admin", "likely"],
    ]);
  });

  test("a host whose ssh key is missing, and one of whose kind there is none, cannot decrypt it: errors", async () => {
    const admin = await newRecipient();
    const forAdmin = checkoutOf(
      { ...unit, [path]: await encryptFor(admin) },
      { hosts: { a: { recipient: sshHost } }, admins: [admin] },
    );
    expect(reportSecrets(forAdmin).diagnostics).toMatchObject([
      { severity: "error", code: "secret-reader-missing", message: "it is not encrypted for a" },
    ]);
    const forSsh = checkoutOf(
      { ...unit, [path]: await encryptFor(ssh()) },
      { hosts: { b: { recipient: admin } } },
    );
    expect(reportSecrets(forSsh).secrets[0]?.readers).toMatchObject([{ who: "b", access: "no" }]);
  });

  test("with fewer age keys than readers somebody is missing, though age does not tell who", async () => {
    const [one, other] = [await newRecipient(), await newRecipient()];
    const { diagnostics } = reportSecrets(
      checkoutOf(
        { ...unit, [path]: await encryptFor(one) },
        { hosts: { a: { recipient: one }, b: { recipient: other } } },
      ),
    );
    expect(diagnostics).toMatchObject([{ severity: "error", message: expect.stringContaining("a, b") }]);
  });

  test("a key that gitops.yaml does not name is a warning: an administrator who left", async () => {
    const [host, left] = [await newRecipient(), await newRecipient()];
    const files = { ...unit, [path]: await encryptFor(host, left, ssh()) };
    const { secrets, diagnostics } = reportSecrets(checkoutOf(files, { hosts: { a: { recipient: host } } }));
    expect(secrets[0]?.otherKeys).toBe(2);
    expect(diagnostics).toMatchObject([{ severity: "warning", code: "secret-reader-extra" }]);
    expect(diagnostics[0]?.message).toContain("2 of its 3 keys");
  });

  test("an administrator's key that is a host's, too, needs one stanza only", async () => {
    const key = await newRecipient();
    const files = { ...unit, [path]: await encryptFor(key) };
    const checkout = checkoutOf(files, { hosts: { a: { recipient: key } }, admins: [key] });
    expect(reportSecrets(checkout).diagnostics).toEqual([]);
  });

  test("a host without a recipient is unknown, not wrong", async () => {
    const files = { ...unit, [path]: await encryptFor(await newRecipient()) };
    const { diagnostics } = reportSecrets(checkoutOf(files, { hosts: { a: {} } }));
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([
      ["warning", "secret-reader-unknown"],
      ["warning", "secret-reader-extra"],
    ]);
  });

  test("a file that has several values is listed by each, and what is wrong with it is said once", async () => {
    const several = "secrets/web.service/user+TOKEN.several";
    const files = { ...unit, [several]: await encryptFor(await newRecipient()) };
    const checkout = checkoutOf(files, { hosts: { a: { recipient: sshHost } } });
    const { secrets, diagnostics } = reportSecrets({ ...checkout, formats: [ageFormat, severalFormat] });
    expect(secrets).toMatchObject([
      { path: several, unit: "web.service", name: "user", kind: "credential", hosts: ["a"] },
      { path: several, unit: "web.service", name: "TOKEN", kind: "environment", hosts: ["a"] },
    ]);
    expect(diagnostics.map(({ file, code }) => [file, code])).toEqual([
      [several, "secret-reader-missing"],
      [several, "secret-reader-extra"],
    ]);
  });

  test("a file that is not encrypted is an error that does not repeat it", () => {
    const checkout = checkoutOf({ ...unit, [path]: "hunter2" }, { hosts: { a: { recipient: sshHost } } });
    const { diagnostics } = reportSecrets(checkout);
    expect(diagnostics).toMatchObject([{ severity: "error", code: "secret-not-age", file: path }]);
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  });
});

describe("what the repository tells of whom a secret is for", () => {
  test("a unit that is nowhere, or in another host's layer only, is a warning with those hosts", async () => {
    const key = await newRecipient();
    const hosts = { a: { recipient: key }, b: { recipient: key } };
    const secret = { [path]: await encryptFor(key) };
    const nowhere = reportSecrets(checkoutOf(secret, { hosts })).diagnostics;
    expect(nowhere).toMatchObject([
      { severity: "warning", message: "the repository has no web.service for a, b" },
    ]);
    const elsewhere = checkoutOf({ ...secret, "hosts/a/units/web.service": "" }, { hosts });
    expect(reportSecrets(elsewhere).diagnostics[0]?.message).toContain("for b");
    const extended = checkoutOf({ ...secret, "units/web.service.d/x.conf": "" }, { hosts });
    expect(reportSecrets(extended).diagnostics).toEqual([]);
  });

  test("a secret of a role that no host has is a warning", async () => {
    const key = await newRecipient();
    const files = { "roles/old/secrets/web.service/key.age": await encryptFor(key) };
    const { diagnostics } = reportSecrets(checkoutOf(files, { hosts: { a: { recipient: key } } }));
    expect(diagnostics.map(({ code }) => code)).toEqual(["secret-reader-extra", "secret-unused"]);
  });
});

describe("recipients of gitops.yaml", () => {
  test.each([
    ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q", "wrong or missing"],
    ["age1yubikey1qwerty", "another kind"],
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN0i4eTn8vSlJZzCqIOPbJ54", "damaged"],
  ])("%s is refused with the reason", (text, words) => {
    expect(() => parseRecipient(text)).toThrow(expect.objectContaining({ code: "config-invalid" }));
    expect(() => parseRecipient(text)).toThrow(words);
  });
});

import { armor, Decrypter, Encrypter } from "age-encryption";
import { describe, expect, test } from "vitest";
import { createOpener } from "../../../src/secrets/formats/age-file.ts";
import { createSshIdentity, createSshRecipient, tagOf } from "../../../src/secrets/formats/ssh-age.ts";
import {
  formatSshPublicKey,
  isPrivateKeyFile,
  parseSshPrivateKey,
  parseSshPublicKey,
  SshKeyError,
} from "../../../src/secrets/formats/ssh-key.ts";
import { readSecretFile } from "../../support/values/secret-file.ts";

// Made by ssh-keygen for these tests alone.
const privateKey = [
  "-----BEGIN OPENSSH PRIVATE KEY-----",
  "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW",
  "QyNTUxOQAAACDdIuHk5/L0pSWcwqiDj2yeeEgC4RPnVZGRIlNkP5AuxwAAAJB1xRXWdcUV",
  "1gAAAAtzc2gtZWQyNTUxOQAAACDdIuHk5/L0pSWcwqiDj2yeeEgC4RPnVZGRIlNkP5Auxw",
  "AAAEBLPiM51fOuRCqpd//suHaxOCBN0WgIvfsZJzmZs8CjP90i4eTn8vSlJZzCqIOPbJ54",
  "SALhE+dVkZEiU2Q/kC7HAAAACXRlc3Qtb25seQECAwQ=",
  "-----END OPENSSH PRIVATE KEY-----",
].join("\n");
const withPassphrase = [
  "-----BEGIN OPENSSH PRIVATE KEY-----",
  "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABC5Xlu7vj",
  "HQoqL43BkVCwpNAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIACRPqhsoFIjSBYH",
  "whTPKBwhC+kztI5t4/CUOiH96UfOAAAAkIRiFk4zpvROhmZId+5L0ukVhWhalbjquCUMMH",
  "RCfe6FyPDWwNHbeGGfrHyUr8KLZtnu76H2g2Ge8MKAcP2VS2hUnGruJbUFHjgKcvPOZfjF",
  "2CvON1qPPYZKIQ90hjgUAJo2SY2cq98osJx4iWHbNNE6K8kMw43vOaaYO/RnzNnpWaTINc",
  "Bhgihte9X4vwikRg==",
  "-----END OPENSSH PRIVATE KEY-----",
].join("\n");
const ecdsaKey = [
  "-----BEGIN OPENSSH PRIVATE KEY-----",
  "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS",
  "1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQQX7/vWGj5RMqy0ppMjusiRXoQ+/t2R",
  "McDmYSbw3Tk93whE3XvbW+bXeQp36E57eKhlo2ypJOJ5/DNBaZ/6MBFDAAAAoCoX59sqF+",
  "fbAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBfv+9YaPlEyrLSm",
  "kyO6yJFehD7+3ZExwOZhJvDdOT3fCETde9tb5td5CnfoTnt4qGWjbKkk4nn8M0Fpn/owEU",
  "MAAAAgVITuHzAa+p0Gc/apujCErbEa7EB2nSdNf7HYNLnzM0IAAAABdAECAwQFBgc=",
  "-----END OPENSSH PRIVATE KEY-----",
].join("\n");
const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN0i4eTn8vSlJZzCqIOPbJ54SALhE+dVkZEiU2Q/kC7H test-only";
/** `age --armor --recipients-file` of age 1.1.1 made it for the public key: "made by age". */
const madeByAge = [
  "-----BEGIN AGE ENCRYPTED FILE-----",
  "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNzaC1lZDI1NTE5IDdMWTJrQSBKVHdN",
  "Q3NyR3NtQmJLUzg0TFJ3Y1FQbXVJcWQrd2pYaE5YSDRZR2ErZEhZCnE3YWlmZmZq",
  "VXVZaHYyTTBHand0V3ZlVXJFeTcxaW91dDdvQTZTaHI5UEEKLS0tIHF5R2JmK0NK",
  "bmRFanVHdC9mV2MveTFPNUhMNkZkQTVlT2ZmT29ZYkFiY2sKLmea2KnRoTMQGvgI",
  "b3+67eEQk/Olmgt9QFAJI13uahtrn+O4YLKN8TgNHA==",
  "-----END AGE ENCRYPTED FILE-----",
].join("\n");

function refusalOf(work: () => unknown): SshKeyError {
  try {
    work();
  } catch (error) {
    if (error instanceof SshKeyError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The private key's file with one byte of its binary part changed by a bit. */
function flip(position: number): string {
  const [begin = "", ...lines] = privateKey.split("\n");
  const end = lines.pop() ?? "";
  const bytes = Buffer.from(lines.join(""), "base64");
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  return [begin, bytes.toString("base64"), end].join("\n");
}

describe("an OpenSSH key of type ed25519", () => {
  test("its private file holds the public key that stands beside it", () => {
    expect(isPrivateKeyFile(privateKey)).toBe(true);
    expect(formatSshPublicKey(parseSshPrivateKey(privateKey).publicKey)).toBe(
      publicKey.split(" ").slice(0, 2).join(" "),
    );
  });

  test("line ends of Windows and text around the key do no harm", () => {
    const surrounded = `\n${privateKey.replaceAll("\n", "\r\n")}\n\n`;
    expect(parseSshPrivateKey(surrounded)).toEqual(parseSshPrivateKey(privateKey));
  });

  test("a passphrase and another kind of key are told apart", () => {
    const protectedKey = refusalOf(() => parseSshPrivateKey(withPassphrase));
    expect([protectedKey.isPassphraseProtected, protectedKey.message]).toEqual([
      true,
      "this ssh key is protected by a passphrase",
    ]);
    const other = refusalOf(() => parseSshPrivateKey(ecdsaKey));
    expect([other.isPassphraseProtected, other.message]).toEqual([
      false,
      "this ssh key is of another kind than ssh-ed25519",
    ]);
    const pem = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    expect(refusalOf(() => parseSshPrivateKey(pem)).message).toContain("OpenSSH's format");
  });

  test("one changed bit in the check numbers, the public point or the seed is noticed", () => {
    // By PROTOCOL.key: 98 ends the outer public key, then come the check numbers, the type, the point and the seed.
    for (const position of [98, 104, 121, 125, 150, 161, 180]) {
      expect(refusalOf(() => parseSshPrivateKey(flip(position))).message, String(position)).toContain(
        "damaged",
      );
    }
  });

  test("cut off anywhere it is refused, and what is left of it is not quoted", () => {
    for (let length = 40; length < privateKey.length - 1; length += 13) {
      const { message } = refusalOf(() => parseSshPrivateKey(privateKey.slice(0, length)));
      expect(message).not.toMatch(/[A-Za-z0-9+/]{20}/);
    }
  });

  test("a public key with another type inside, cut off, or off the curve is refused", () => {
    const [type = "", encoded = ""] = publicKey.split(" ");
    expect(() => parseSshPublicKey(`ssh-rsa ${encoded}`)).toThrow(SshKeyError);
    expect(() => parseSshPublicKey(`${type} ${encoded.slice(0, -4)}`)).toThrow("damaged");
    expect(() => parseSshPublicKey(`${type} !!!`)).toThrow("not base64");
    expect(() => parseSshPublicKey(type)).toThrow("not base64");
    const wire = Buffer.from(encoded, "base64");
    // y = 2 is on no point of the curve.
    wire.fill(0, 19).writeUInt8(2, 19);
    expect(() => parseSshPublicKey(`${type} ${wire.toString("base64")}`)).toThrow("damaged");
  });
});

describe("ssh-ed25519 keys as age knows them", () => {
  const identity = createSshIdentity(parseSshPrivateKey(privateKey));
  const recipient = createSshRecipient(parseSshPublicKey(publicKey));

  async function decrypt(file: Uint8Array): Promise<string> {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    return await decrypter.decrypt(file, "text");
  }

  test("a file that the age program made opens", async () => {
    expect(await decrypt(armor.decode(madeByAge))).toBe("made by age");
  });

  test("a stanza says for which key it is by the same tag as the age program's", async () => {
    expect(tagOf(parseSshPublicKey(publicKey))).toBe(
      /ssh-ed25519 (\S+)/.exec(Buffer.from(armor.decode(madeByAge)).toString("latin1"))?.[1],
    );
  });

  test("what is encrypted for the public key opens with the private one, differently each time", async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    const [one, other] = [await encrypter.encrypt("value"), await encrypter.encrypt("value")];
    expect([await decrypt(one), await decrypt(other)]).toEqual(["value", "value"]);
    expect(Buffer.from(one).equals(other)).toBe(false);
  });

  test("cut off or with one bit turned anywhere, a file for this key never opens, and the failure is named", async () => {
    const opener = createOpener([{ key: identity, describeRecipient: async () => publicKey }]);
    const file = armor.decode(madeByAge);
    const codeOf = async (bytes: Uint8Array) => {
      const opened = await opener.open(readSecretFile("secrets/a.service/x.age", bytes));
      return "failure" in opened ? opened.failure.code : "opened";
    };
    expect(await codeOf(file)).toBe("opened");
    for (let position = 25; position < file.length; position += 3) {
      expect(await codeOf(file.subarray(0, position)), `cut at ${position}`).toBe("secret-damaged");
      const flipped = Uint8Array.from(file);
      flipped[position] = (flipped[position] ?? 0) ^ 1;
      const codes = ["secret-damaged", "secret-wrong-recipient"];
      expect(codes, `flipped at ${position}`).toContain(await codeOf(flipped));
    }
  });

  test("stanzas of other kinds and of other keys are passed over", async () => {
    const [stanza] = await recipient.wrapFileKey(new Uint8Array(16));
    if (stanza === undefined) throw new Error("no stanza");
    const [type = "", , share = ""] = stanza.args;
    const foreign = { ...stanza, args: [type, "AAAAAA", share] };
    const other = { ...stanza, args: ["X25519", share] };
    expect(await identity.unwrapFileKey([foreign, other])).toBeNull();
    expect(await identity.unwrapFileKey([foreign, other, stanza])).toEqual(new Uint8Array(16));
  });

  test("a malformed stanza for this key throws, and so does a point of low order", async () => {
    const [stanza] = await recipient.wrapFileKey(new Uint8Array(16));
    if (stanza === undefined) throw new Error("no stanza");
    const [type = "", tag = "", share = ""] = stanza.args;
    const zero = Buffer.alloc(32).toString("base64").replace("=", "");
    const malformed = [
      { ...stanza, args: [type, tag] },
      { ...stanza, args: [type, tag, share, "more"] },
      { ...stanza, args: [type, tag, `${share}=`] },
      { ...stanza, args: [type, tag, share.slice(0, -2)] },
      { ...stanza, args: [type, tag, zero] },
      { ...stanza, body: stanza.body.slice(0, -1) },
      { ...stanza, body: new Uint8Array(32) },
    ];
    for (const broken of malformed) {
      await expect(
        (async () => await identity.unwrapFileKey([broken]))(),
        broken.args.join(" "),
      ).rejects.toThrow();
    }
  });
});

/** Which webhooks count as signed, what they say, and how many questions to the git server they can cause. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Hints } from "../../../src/outward/webhook/hints.ts";
import { readMeaning } from "../../../src/outward/webhook/message.ts";
import { isSigned } from "../../../src/outward/webhook/signature.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const main = "refs/heads/main";

describe("a webhook is signed", () => {
  it("by GitHub's documented example", () => {
    // docs.github.com, "Validating webhook deliveries", "Testing the webhook payload validation".
    const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    const headers = { "x-hub-signature-256": signature };
    expect(isSigned(headers, bytes("Hello, World!"), "It's a Secret to Everybody")).toBe(true);
    expect(isSigned(headers, bytes("Hello, World?"), "It's a Secret to Everybody")).toBe(false);
    expect(isSigned(headers, bytes("Hello, World!"), "another secret")).toBe(false);
  });

  it.each(["x-gitea-signature", "x-forgejo-signature"])(
    "by the field %s, in hexadecimal digits alone",
    (field) => {
      const digest = createHmac("sha256", "s").update("{}").digest("hex");
      expect(isSigned({ [field]: digest }, bytes("{}"), "s")).toBe(true);
      expect(isSigned({ [field]: digest.slice(1) }, bytes("{}"), "s")).toBe(false);
    },
  );

  it("by GitLab's token, which is the secret itself", () => {
    expect(isSigned({ "x-gitlab-token": "s" }, bytes("{}"), "s")).toBe(true);
    expect(isSigned({ "x-gitlab-token": "" }, bytes("{}"), "s")).toBe(false);
  });

  it("by nothing that somebody sends who does not know the secret", () => {
    const fields = fc.constantFrom(
      "x-hub-signature-256",
      "x-gitea-signature",
      "x-forgejo-signature",
      "x-gitlab-token",
    );
    const headers = fc.dictionary(
      fields,
      fc.oneof(fc.string(), fc.stringMatching(/^(sha256=)?[0-9a-f]{64}$/)),
    );
    const property = fc.property(headers, fc.string(), (sent, body) => {
      expect(isSigned(sent, bytes(body), "the secret that nobody guesses")).toBe(false);
    });
    fc.assert(property, propertyRuns(200));
  });
});

describe("a webhook says", () => {
  const push = bytes(JSON.stringify({ ref: main }));

  it.each(["x-github-event", "x-gitea-event", "x-forgejo-event"])(
    "that the branch was pushed to (%s)",
    (field) => {
      expect(readMeaning({ [field]: "push" }, push, main)).toBe("push");
      expect(readMeaning({ [field]: "push" }, push, "refs/heads/other")).toBe("other");
      expect(readMeaning({ [field]: "issues" }, push, main)).toBe("other");
      expect(readMeaning({ [field]: "ping" }, bytes("{}"), main)).toBe("ping");
    },
  );

  it("so in GitLab's words", () => {
    expect(readMeaning({ "x-gitlab-event": "Push Hook" }, push, main)).toBe("push");
    expect(readMeaning({ "x-gitlab-event": "Issue Hook" }, push, main)).toBe("other");
  });

  it("that it is worth a look, when the sender is no forge and names no branch", () => {
    for (const text of ["", "not JSON", "null", "[]", '{"ref": 7}', "{}"]) {
      expect(readMeaning({}, bytes(text), main)).toBe("push");
    }
  });
});

describe("hints", () => {
  it("are passed on once in five seconds, however many come", async () => {
    let nowMs = 0;
    const passed: number[] = [];
    const hints = new Hints({
      jitterMs: 1_000,
      hint: () => passed.push(nowMs),
      clock: {
        now: () => nowMs,
        sleep: async (ms) => {
          await Promise.resolve();
          nowMs += ms;
        },
      },
      random: () => 0.5,
    });
    for (let round = 0; round < 4; round += 1) {
      for (let count = 0; count < 500; count += 1) hints.take();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(passed).toEqual([500, 6_000, 11_500, 17_000]);
  });
});

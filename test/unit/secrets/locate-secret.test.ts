import { describe, expect, test } from "vitest";
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import { findSecret, locateSecret } from "../../../src/secrets/authoring/locate-secret.ts";
import { type Checkout, listSecrets } from "../../../src/secrets/authoring/secret-layout.ts";
import { severalFormat } from "../../support/values/secret-file.ts";
import { checkoutOf } from "./checkout.ts";

const hosts = {
  "media-1": { roles: ["media"] },
  "jobs-1": { roles: ["jobs", "backup"] },
  "jobs-2": { roles: ["jobs"] },
};
const checkout = checkoutOf(
  {
    "units/web.service": "",
    "roles/media/units/jellyfin.container": "",
    "roles/jobs/units/worker@.service": "",
    "roles/jobs/units/shared.service": "",
    "roles/media/units/shared.service": "",
    "hosts/jobs-2/units/web.service.d/10-host.conf": "",
    "hosts/media-1/units/postgresql.service.d/10-host.conf": "",
    "secrets/web.service/key.age": "",
    "hosts/jobs-2/secrets/web.service/key.age": "",
    "roles/media/secrets/web.service/token.age": "",
    "secrets/web.service/.gitkeep": "",
    "secrets/notes.txt": "",
  },
  { hosts },
);

function locate(text: string, layer: string | null = null, from: Checkout = checkout): string {
  return locateSecret(from, { text, layer }).path;
}

function refusalOf(work: () => unknown): AgentError {
  try {
    work();
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the place of a secret that does not exist yet", () => {
  test("is the layer where its unit is: a fragment, a quadlet, a template, or a drop-in for somebody else's unit", () => {
    expect(locate("web.service/new")).toBe("secrets/web.service/new.age");
    expect(locate("jellyfin.container/new")).toBe("roles/media/secrets/jellyfin.container/new.age");
    expect(locate("worker@.service/new")).toBe("roles/jobs/secrets/worker@.service/new.age");
    expect(locate("worker@mail.service/new")).toBe("roles/jobs/secrets/worker@mail.service/new.age");
    expect(locate("postgresql.service/new")).toBe("hosts/media-1/secrets/postgresql.service/new.age");
  });

  test("is the layer that was named, by either spelling", () => {
    expect(locate("web.service/new", "role:media")).toBe("roles/media/secrets/web.service/new.age");
    expect(locate("web.service/new", "hosts/jobs-1")).toBe("hosts/jobs-1/secrets/web.service/new.age");
    expect(locate("cron.service/new", "top")).toBe("secrets/cron.service/new.age");
  });

  test("keeps the ending of environment files", () => {
    const place = locateSecret(checkout, { text: "web.service/app.env", layer: null });
    expect(place).toMatchObject({
      path: "secrets/web.service/app.env.age",
      items: [{ name: "app.env", delivery: "environment" }],
    });
  });

  test("is none for the environment of a container, which podman keeps on disk", () => {
    expect(refusalOf(() => locate("jellyfin.container/app.env")).message).toContain("podman");
  });

  test("is not guessed for an unknown unit, nor for one of two roles", () => {
    expect(refusalOf(() => locate("wbe.service/new")).hint).toContain("--layer");
    const both = refusalOf(() => locate("shared.service/new"));
    expect([both.code, both.message]).toEqual(["usage", expect.stringContaining("role:jobs, role:media")]);
  });

  test("an unknown layer is refused with the known ones", () => {
    expect(refusalOf(() => locate("web.service/new", "role:web")).hint).toBe(
      "one of: top, role:backup, role:jobs, role:media, host:jobs-1, host:jobs-2, host:media-1",
    );
  });

  test.each([
    "key",
    "web.service/a/b",
    "web.service/",
    "../web.service/x",
    "web/key",
    "web.service/sp ace",
    "a.target/x",
  ])("%s is no secret of a unit", (text) => {
    expect(refusalOf(() => locate(text, "top")).code).toBe("usage");
  });
});

describe("the place of a secret that exists", () => {
  test("is where it is, whatever layer its unit is in", () => {
    expect(locate("web.service/token")).toBe("roles/media/secrets/web.service/token.age");
  });

  test("must be said when two layers have one of that name", () => {
    expect(refusalOf(() => locate("web.service/key")).message).toContain("top");
    expect(locate("web.service/key", "host:jobs-2")).toBe("hosts/jobs-2/secrets/web.service/key.age");
    expect(locate("hosts/jobs-2/secrets/web.service/key.age")).toBe(
      "hosts/jobs-2/secrets/web.service/key.age",
    );
  });

  test("is not invented when it is to be edited", () => {
    expect(refusalOf(() => findSecret(checkout, { text: "web.service/new", layer: null })).message).toContain(
      "there is no secret secrets/web.service/new.age",
    );
  });

  test("is not a file outside of secrets/", () => {
    expect(refusalOf(() => locate("units/web.service/key.age")).message).toContain("not below secrets/");
  });
});

describe("a secret in a file that has several", () => {
  const several: Checkout = {
    ...checkoutOf({ "units/web.service": "", "secrets/web.service/user+password.several": "" }, { hosts }),
    formats: [...secretFormats, severalFormat],
  };
  const path = "secrets/web.service/user+password.several";

  test("is found by its own name, and by the path of the file", () => {
    for (const text of ["web.service/password", "web.service/user", path]) {
      expect(findSecret(several, { text, layer: null })).toMatchObject({ path, unit: "web.service" });
    }
    expect(locate("web.service/other", null, several)).toBe("secrets/web.service/other.age");
  });
});

describe("the hosts that get a secret", () => {
  test("are those of its layer for which no later layer replaces it", () => {
    const { secrets } = listSecrets(checkout);
    expect(secrets.map(({ path, hosts: got }) => [path, got])).toEqual([
      ["hosts/jobs-2/secrets/web.service/key.age", ["jobs-2"]],
      ["roles/media/secrets/web.service/token.age", ["media-1"]],
      ["secrets/web.service/key.age", ["jobs-1", "media-1"]],
    ]);
  });

  test("are named by nobody for files that are no secrets, which is an error unless they are hidden", () => {
    const { diagnostics } = listSecrets(checkout);
    expect(diagnostics.map(({ file, severity }) => [file, severity])).toEqual([
      ["secrets/notes.txt", "error"],
    ]);
  });
});

/** What may be shown of a repository's URL. */
import { describe, expect, it } from "vitest";
import {
  describeUrl,
  findHttpOrigin,
  findLocalPath,
  hasPassword,
} from "../../../src/source/repository-url.ts";

describe("describeUrl", () => {
  it.each([
    [
      "https://alice:s3cret@git.example.org:8443/me/hosts.git?private_token=s3cret#s3cret",
      "https://git.example.org:8443/me/hosts.git",
    ],
    ["https://s3cret@git.example.org/me/hosts.git", "https://git.example.org/me/hosts.git"],
    ["ssh://git:s3cret@git.example.org:2222/me/hosts.git", "ssh://git@git.example.org:2222/me/hosts.git"],
    ["ssh://a-token-as-long-as-this@git.example.org/a.git", "ssh://git.example.org/a.git"],
    ["git@git.example.org:me/hosts.git", "git@git.example.org:me/hosts.git"],
    ["a-token-as-long-as-this@git.example.org:a.git", "git.example.org:a.git"],
    ["git@[2001:db8::1]:me/hosts.git", "git@[2001:db8::1]:me/hosts.git"],
    ["/srv/git/a@b:c.git", "/srv/git/a@b:c.git"],
    ["file:///srv/git/hosts.git", "file:///srv/git/hosts.git"],
    ["https://user:s3cret@[not a url/", "the repository"],
  ])("shows %s such that it can be copied, and without secrets", (url, shown) => {
    expect(describeUrl(url)).toBe(shown);
  });

  it("lets no escape sequence through to a terminal", () => {
    expect(describeUrl("/srv/\u001b[2Jhosts.git")).toBe("/srv/?[2Jhosts.git");
  });
});

describe("hasPassword", () => {
  it("is true for a password in a URL, and false for a user name alone", () => {
    expect(hasPassword("https://x:s3cret@git.example.org/a")).toBe(true);
    expect(hasPassword("https://org@git.example.org/a")).toBe(false);
    expect(hasPassword("git@git.example.org:a:b")).toBe(false);
  });
});

describe("findHttpOrigin", () => {
  it("keeps scheme, host and port, and knows no origin for other transports", () => {
    expect(findHttpOrigin("HTTPS://Git.Example.org:8443/me/hosts.git")).toBe("https://git.example.org:8443");
    expect(findHttpOrigin("ssh://git.example.org/me")).toBeNull();
    expect(findHttpOrigin("/srv/https://x")).toBeNull();
  });
});

describe("findLocalPath", () => {
  it.each([
    ["/srv/git/hosts.git/", "/srv/git/hosts.git"],
    ["file:///srv/a%20b", "/srv/a b"],
    ["git@git.example.org:srv/git", null],
    ["https://git.example.org/srv/git", null],
    ["file:///srv/%zz", null],
  ])("of %s is %s", (url, path) => {
    expect(findLocalPath(url)).toBe(path);
  });
});

/** What a hint tells people to write must be accepted: the lines of gitops.yaml and the keys of agent.yaml in the program's own texts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { agentSchema } from "../../../src/config/agent-schema.ts";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";

const sourceDirectory = new URL("../../../src", import.meta.url).pathname;
const sources = readdirSync(sourceDirectory, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => readFileSync(join(sourceDirectory, path), "utf8"));

/** The lines of the program that hold a text for people. */
const texts = sources.flatMap((source) =>
  source.split("\n").filter((line) => /^\s*[^/*\s].*["`]/.test(line)),
);

/** A line of gitops.yaml in a text, with something that fits for each placeholder. */
function fillIn(line: string): string {
  return line
    .replace(/\$\{(?:unit\.)?name\}/g, "a.service")
    .replace(/\$\{[^}]+\}/g, "x")
    .replace(/age1…|…/g, "age1sjjvkjlw73ugh2gc9up04jufz8j2ee62a87jnvz78ehzs0hm6f7sll4z5d");
}

/** From `layout: {` on, as far as the braces go. */
function cutBraces(text: string): string {
  let depth = 0;
  for (const [index, character] of [...text].entries()) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (character === "}" && depth === 0) return text.slice(0, index + 1);
  }
  return text;
}

const snippets = texts.flatMap((text) => {
  const filled = fillIn(text);
  const start =
    /(?:gitops\.yaml: |pattern: |add |key: |["`])(?=(?:layout|hosts|units|files|defaults): \{ )/.exec(filled);
  return start === null ? [] : [cutBraces(filled.slice(start.index + start[0].length))];
});

it.each([...new Set(snippets)])("gitops.yaml accepts %s", (snippet) => {
  expect(parseRepositoryConfig(snippet, "gitops.yaml").diagnostics).toEqual([]);
});

const rules = texts.flatMap((text) =>
  [...text.matchAll(/([a-z-]+: (?!is |are )"?\w+"?) (?:for it )?(?:in|to) gitops\.yaml/g)].map(
    ([, rule = ""]) => rule,
  ),
);

it.each([...new Set(rules)])("gitops.yaml accepts %s for a unit or a file", (rule) => {
  const forUnit = parseRepositoryConfig(`units: { a.service: { ${rule} } }`, "gitops.yaml");
  const forFile = parseRepositoryConfig(`files: { /etc/a: { ${rule} } }`, "gitops.yaml");
  expect([forUnit, forFile].some(({ diagnostics }) => diagnostics.length === 0)).toBe(true);
});

const keys = texts.flatMap((text) =>
  [...text.matchAll(/([a-z-]+)(?:: [\w${}.]+)?\)? (?:in|of) (?:the host's )?agent\.yaml/g)].map(
    ([, key = ""]) => key,
  ),
);

it.each([...new Set(keys)])("agent.yaml has the key %s", (key) => {
  expect(Object.keys(agentSchema.shape)).toContain(key);
});

it("the texts have such lines and keys", () => {
  expect(snippets.length).toBeGreaterThan(4);
  expect(rules.length).toBeGreaterThan(2);
  expect(keys.length).toBeGreaterThan(4);
});

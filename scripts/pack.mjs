// Joins the chunks that esbuild makes of ES modules into few CommonJS files. Must not change what they do.
import path from "node:path";
import { build } from "esbuild";

/**
 * @typedef {{ name: string, entries: readonly string[] }} Pack a file of `entries` (sources) and of all that is loaded with them
 * @typedef {{ path: string, text: string }} OutputFile
 */

/**
 * Each pack takes the chunks that are loaded with its entries and are not in a pack before it. The chunks that are in no pack
 * stay files of their own.
 *
 * @param {readonly OutputFile[]} chunks of a build with `splitting`
 * @param {import("esbuild").Metafile} metafile of the same build
 * @param {{ directory: string, program: string, packs: readonly Pack[], options: object }} settings `directory` of the chunks;
 *   `program` is the file that starts and is in no pack
 * @returns {Promise<readonly OutputFile[]>}
 */
export async function packChunks(chunks, metafile, { directory, program, packs, options }) {
  const texts = new Map(chunks.map((chunk) => [path.resolve(chunk.path), chunk.text]));
  const packOf = assignPacks(metafile, packs, program);
  const loose = [...texts.keys()].filter((file) => !packOf.has(file));
  const settings = { directory, texts, packOf, options };
  return Promise.all([
    ...packs.map(({ name }) => {
      const members = [...packOf].flatMap(([file, pack]) => (pack === name ? [file] : []));
      const contents = members.map((file) => `export * as ${nameOf(file)} from ${JSON.stringify(file)};`);
      return toCommonJs(path.resolve(directory, `${name}.cjs`), contents.join("\n"), {
        ...settings,
        pack: name,
      });
    }),
    ...loose.map((file) => toCommonJs(file, texts.get(file), { ...settings, pack: null })),
  ]);
}

/** By absolute path, the name of the pack that a chunk is in. */
function assignPacks({ outputs }, packs, program) {
  const packOf = new Map();
  for (const { name, entries } of packs) {
    const waiting = entries.map((entry) => findChunk(outputs, entry));
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (packOf.has(path.resolve(file))) continue;
      if (path.resolve(file) !== path.resolve(program)) packOf.set(path.resolve(file), name);
      const loaded = outputs[file].imports.filter(
        ({ kind, external }) => kind === "import-statement" && !external,
      );
      waiting.push(...loaded.map((found) => found.path));
    }
  }
  return packOf;
}

function findChunk(outputs, entry) {
  const found = Object.keys(outputs).find((file) => outputs[file].entryPoint === entry);
  if (found === undefined) throw new Error(`nothing imports ${entry} by import(): it has no chunk`);
  return found;
}

/** As the name of an export. */
function nameOf(file) {
  return path.basename(file, ".cjs").replaceAll(/\W/g, "_");
}

async function toCommonJs(file, contents, { directory, texts, packOf, options, pack }) {
  const packs = {
    name: "packs",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[./]/ }, ({ path: wanted, resolveDir }) => {
        const target = path.resolve(resolveDir, wanted);
        const owner = packOf.get(target);
        // esbuild writes these paths into its output, which must be the same wherever it is built.
        const name = path.relative(directory, target);
        if (owner !== undefined && owner === pack) return { path: name, namespace: "chunk" };
        if (owner !== undefined) return { path: name, namespace: "elsewhere" };
        return { path: relativeTo(file, target), external: true };
      });
      onLoad({ filter: /./, namespace: "chunk" }, ({ path: name }) => {
        const chunk = path.resolve(directory, name);
        return { contents: texts.get(chunk), resolveDir: path.dirname(chunk) };
      });
      onLoad({ filter: /./, namespace: "elsewhere" }, ({ path: name }) => {
        const chunk = path.resolve(directory, name);
        const owner = path.resolve(directory, `${packOf.get(chunk)}.cjs`);
        return {
          contents: `module.exports = require(${JSON.stringify(owner)}).${nameOf(chunk)};`,
          resolveDir: "/",
        };
      });
    },
  };
  const stdin = { contents, resolveDir: path.dirname(file), sourcefile: path.basename(file) };
  const { outputFiles } = await build({
    ...options,
    stdin,
    bundle: true,
    format: "cjs",
    plugins: [packs],
    write: false,
  });
  return { path: file, text: outputFiles[0].text };
}

function relativeTo(file, target) {
  const found = path.relative(path.dirname(file), target);
  return found.startsWith(".") ? found : `./${found}`;
}

#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
/**
 * Where every command starts. Must import as little as can be: what is imported here is loaded also to answer `--version`.
 */
// The option above silences a warning: Node 20 warns at every use of X25519, which age uses. There is no option of V8:
// with one, Node does not use the compiled code that it comes with, which would cost each command 15 ms. Only the
// daemon has one, in its unit.
import { version } from "./version.ts";

async function main([first, ...others]: readonly string[]): Promise<void> {
  if (first === "--version" && others.length === 0) {
    process.stdout.write(`${version}\n`);
    return;
  }
  const { runProgram } = await import("./program.ts");
  await runProgram();
}

void main(process.argv.slice(2));

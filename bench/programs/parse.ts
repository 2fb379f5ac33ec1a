/** Baseline of the records benchmark: reads every YAML file below a folder and parses it, no more. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";

const root = process.argv[2] ?? ".";
const entries = await readdir(root, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
  .map((entry) => path.join(entry.parentPath, entry.name));

let parsed = 0;
for (let i = 0; i < files.length; i += 64) {
  const texts = await Promise.all(files.slice(i, i + 64).map((file) => readFile(file, "utf8")));
  for (const text of texts) {
    parse(text);
    parsed += 1;
  }
}
console.log(parsed);

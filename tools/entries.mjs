// The tools' entries in the cache: folder, version, programs. A folder's name
// holds a checksum of what its tool is made from, so that clones share entries
// and a changed pin makes a new one.
import { readFileSync } from "node:fs";
import path from "node:path";
import { contentKey, goPlatform, toolCacheDir } from "./cache.mjs";
import { GO_TOOLS } from "./catalogue.mjs";

/** @typedef {import("./cache.mjs").Entry} Entry */

/**
 * The cache entry of a tool that is built from its wrapper modules.
 *
 * @param {import("./catalogue.mjs").GoTool} tool
 * @returns {Entry}
 */
export function goEntry(tool) {
  const { os, arch, exe } = goPlatform();
  const version = goVersionOf(tool);
  const flags = tool.builds.map((build) => build.ldflags?.(version) ?? "");
  const packages = tool.builds.flatMap((build) => build.packages);
  const key = contentKey(
    tool.builds.map((build) => build.module),
    [...packages, ...flags],
  );
  return {
    id: tool.id,
    version,
    bins: tool.bins.map((bin) => bin + exe),
    dir: path.join(toolCacheDir(), tool.id, `${version}-${key}-${os}-${arch}`),
  };
}

/**
 * The cache entry of the official engine, as its npm launcher fetches it.
 *
 * @returns {Entry}
 */
export function launcherEntry() {
  const { os, arch, exe } = goPlatform();
  const tool = /** @type {import("./catalogue.mjs").GoTool} */ (GO_TOOLS.pulumi);
  const version = goVersionOf(tool);
  return {
    id: tool.id,
    version,
    bins: tool.bins.map((bin) => bin + exe),
    dir: path.join(toolCacheDir(), tool.id, `${version}-npm-${os}-${arch}`),
  };
}

/**
 * The cache entry of a Python environment. The interpreter counts as one of its programs: when the
 * system's Python is replaced, the environment has to be made anew.
 *
 * @param {import("./catalogue.mjs").PythonTool} tool
 * @returns {Entry}
 */
export function pythonEntry(tool) {
  const { os, arch } = goPlatform();
  const pins = readFileSync(path.join(tool.dir, "requirements.txt"), "utf8").split(/\r?\n/);
  const pin = pins.find((line) => line.startsWith(`${tool.package}==`));
  const version = pin?.slice(tool.package.length + 2) ?? "unknown";
  const key = contentKey([tool.dir], []);
  return {
    id: tool.id,
    version,
    bins: [...new Set([pythonBin(tool), python()])],
    dir: path.join(toolCacheDir(), tool.id, `${version}-${key}-${os}-${arch}`),
  };
}

/**
 * What a Python tool is found as: its command, else its interpreter.
 *
 * @param {import("./catalogue.mjs").PythonTool} tool
 * @returns {string} inside the environment
 */
export function pythonBin(tool) {
  if (tool.command === undefined) return python();
  return process.platform === "win32" ? `${tool.id}.cmd` : tool.id;
}

/** @returns {string} the interpreter's path inside an environment */
export function python() {
  return process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
}

/**
 * @param {import("./catalogue.mjs").GoTool} tool
 * @returns {string} without "v"
 */
function goVersionOf(tool) {
  const file = path.join(tool.builds[0]?.module ?? "", "go.mod");
  const lines = readFileSync(file, "utf8").split(/\r?\n/);
  for (const line of lines) {
    const [name, version] = line
      .trim()
      .replace(/^require\s+/, "")
      .split(/\s+/);
    if (name === tool.versionOf && version?.startsWith("v")) return version.slice(1);
  }
  throw new Error(
    `${file} requires no ${tool.versionOf}: expected a line "require ${tool.versionOf} v..."`,
  );
}

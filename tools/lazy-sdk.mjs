// Pulumi's SDK loads a compiler and a package manager at each start, for functions that are turned
// into text: more than half of its loading, for what this project never does. Loaded before the SDK,
// this puts them off until something asks for them.
import Module from "node:module";

const LATE = new Set(["@npmcli/arborist", "typescript"]);

/** @typedef {(request: string, parent: { filename?: string | null } | undefined, isMain: boolean) => unknown} Load */

// Node has no public hook for `require` before 22.15.
const loader = /** @type {{ _load: Load }} */ (/** @type {unknown} */ (Module));
const load = loader._load;

/** @type {Load} */
const loadLate = (request, parent, isMain) => {
  const from = parent?.filename?.replaceAll("\\", "/") ?? "";
  if (!LATE.has(request) || !from.includes("/node_modules/@pulumi/pulumi/")) {
    return load(request, parent, isMain);
  }
  // The SDK has a compiler of its own for where there is none, and turns to it when this one fails.
  if (!isInstalled(request, from)) return load(request, parent, isMain);
  const whole = () => /** @type {object} */ (load(request, parent, isMain));
  return new Proxy(
    {},
    {
      // What says that it is a namespace already is not copied, which would load it.
      get: (_, name) => name === "__esModule" || Reflect.get(whole(), name),
      has: (_, name) => name in whole(),
    },
  );
};

/**
 * @param {string} request
 * @param {string} from the file that asks for it
 */
function isInstalled(request, from) {
  try {
    return Module.createRequire(from).resolve(request) !== "";
  } catch {
    return false;
  }
}

loader._load = loadLate;

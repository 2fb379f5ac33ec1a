import { objectOf } from "./kustomization.ts";

/** With the `<key>=` that the files of a generator may have. */
const REMOTE = /^(?:[^=]*=)?https?:/i;
/** Keys, in lower case, of what is data wherever it stands: kustomize reads no file for it. */
const DATA = new Set(
  "literals options generatoroptions commonannotations commonlabels labels annotations patch".split(
    " ",
  ),
);

/**
 * Texts of a kustomization, or of what configures a plugin, that kustomize would fetch. What aliases
 * repeat is looked at once, and however deep they make it.
 */
export function remoteTexts(value: unknown): string[] {
  const reached = new Set([value]);
  for (const each of reached) {
    for (const [key, part] of Object.entries(objectOf(each))) {
      if (!DATA.has(key.toLowerCase())) reached.add(part);
    }
  }
  return [...reached].filter(
    (each): each is string => typeof each === "string" && REMOTE.test(each),
  );
}

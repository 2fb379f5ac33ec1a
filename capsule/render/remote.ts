import { objectOf } from "./kustomization.ts";

/** With the `<key>=` that the files of a generator may have. */
const REMOTE = /^(?:[^=]*=)?https?:/i;
/** Keys, in lower case, of what is data wherever it stands: kustomize reads no file for it. */
const DATA = new Set(
  "literals options generatoroptions commonannotations commonlabels labels annotations patch".split(
    " ",
  ),
);

/** Texts of a kustomization, or of what configures a plugin, that kustomize would fetch. */
export function remoteTexts(value: unknown): string[] {
  if (typeof value === "string") return REMOTE.test(value) ? [value] : [];
  return Object.entries(objectOf(value)).flatMap(([key, each]) =>
    DATA.has(key.toLowerCase()) ? [] : remoteTexts(each),
  );
}

import { TaskError } from "./errors.ts";

/** Where a build's files come from. */
export interface GitContext {
  /** `https://<host>/<path>.git` */
  repository: string;
  /** 40 hex digits. */
  commit: string;
  /** Without slashes at its ends; empty for the root. */
  folder: string;
}

const CONTEXT = /^(https:\/\/[^\s#]+\.git)#([0-9a-f]{40})(?::([^\s:]*))?$/;

/**
 * Reads `<https url>.git#<commit>:<folder>`.
 * @throws TaskError for anything that could build other files tomorrow (a branch, a tag), that
 *   would put credentials into a log, or that leaves the repository
 */
export function parseGitContext(text: string): GitContext {
  const [, repository, commit, path = ""] = CONTEXT.exec(text) ?? [];
  if (repository === undefined || commit === undefined) {
    throw new TaskError("the context is not https://<host>/<path>.git#<40-hex commit>:<folder>");
  }
  const url = new URL(repository);
  if (url.username !== "" || url.password !== "") {
    throw new TaskError("the context's URL holds credentials; use contextAccessToken");
  }
  const folder = path.replace(/^\/+|\/+$/g, "");
  if (folder.split("/").includes("..")) throw new TaskError(`${folder} leaves the repository`);
  return { repository, commit, folder };
}

/** @param remote the repository's address as BuildKit is to reach it */
export function formatGitContext(remote: string, { commit, folder }: GitContext): string {
  return folder === "" || folder === "." ? `${remote}#${commit}` : `${remote}#${commit}:${folder}`;
}

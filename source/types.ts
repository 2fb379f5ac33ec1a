import type { SourceRepository } from "../registry/index.ts";

export interface SourceTag {
  /** Without `refs/tags/`. */
  name: string;
  /** The commit that it stands for, through any number of tags. */
  commit: string;
  annotated: boolean;
  /** When it was tagged, or, for a lightweight one, committed: `YYYY-MM-DDTHH:MM:SSZ`. */
  createdAt: string;
}

export interface SourceCommit {
  hash: string;
  /** As written; it may hold any character but NUL. */
  message: string;
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  committedAt: string;
}

export interface SourceFile {
  /** Relative to the folder that was asked for, with `/`. */
  path: string;
  /** As git writes it: `100644`, `100755`, `120000` for a link, `160000` for a submodule. */
  mode: string;
  /** `blob`, or `commit` for a submodule. */
  type: string;
}

export interface CommitRange {
  /** Commit; it and what it contains are left out. */
  from?: string;
  /** Commit. */
  to: string;
  /** Folders and files of the repository, with `/`; `.` for all of it. */
  paths: readonly string[];
}

/** Whether something was pushed, or was on the remote already. */
export type PushOutcome = "created" | "exists";

/**
 * A source repository as its remote has it: branches, tags and everything below them, read from a
 * mirror on this machine. Commits are 40 hex digits, paths are relative and without `..`; anything
 * else is a `RangeError`.
 */
export interface Source {
  readonly repository: SourceRepository;
  /** @returns the commit that a branch stands at; undefined when the remote has no such branch */
  branchCommit(branch: string): Promise<string | undefined>;
  /** Name to commit. */
  branches(): Promise<ReadonlyMap<string, string>>;
  /** The tags whose names begin with exactly this, e.g. `orbit-webapp/v`, in the order of their names. */
  tags(prefix: string): Promise<SourceTag[]>;
  /** Commits that touch one of the paths, children before their parents, without merges. */
  commits(range: CommitRange): Promise<SourceCommit[]>;
  /** @returns undefined when the repository has no such commit */
  commit(hash: string): Promise<SourceCommit | undefined>;
  /** Whether a commit is an ancestor of another one, or that one itself; not when it is unknown. */
  contains(commit: string, branchCommit: string): Promise<boolean>;
  /**
   * The commit at which a branch left another one, going by first parents. It stays the same when
   * one is merged into the other.
   */
  forkPoint(branchCommit: string, trunkCommit: string): Promise<string | undefined>;
  /** @returns undefined when there is no such file, or a link or folder of that name */
  readFile(commit: string, path: string): Promise<Uint8Array | undefined>;
  /** @throws SlipwayError `source-path` when a path is no folder, or lies behind a link */
  checkFolder(commit: string, path: string): Promise<void>;
  /**
   * Every file, link and submodule below a folder, in the order of their paths.
   *
   * @throws SlipwayError `source-path` when it is no folder
   */
  files(commit: string, path: string): Promise<SourceFile[]>;
  /**
   * Writes a folder as the commit has it into an empty one: the bytes as stored, no filter and no
   * line ends of this machine. A submodule is an empty folder.
   *
   * @throws SlipwayError `source-path` when it is no folder, or a link in it leads out of it
   */
  export(commit: string, path: string, into: string): Promise<void>;
  /**
   * Makes an annotated tag and pushes it. On the remote there is either nothing or the whole tag.
   *
   * @returns `exists` when the remote has it at the same commit, annotated or not
   * @throws SlipwayError `tag-conflict` when it has it at another one; `push-refused`
   */
  tag(name: string, commit: string, message: string): Promise<PushOutcome>;
  /**
   * Makes a branch of the remote's.
   *
   * @returns `exists` when the remote's branch of that name contains the commit
   * @throws SlipwayError `push-refused`, also when the branch is there without the commit
   */
  pushBranch(name: string, commit: string): Promise<PushOutcome>;
}

/** The preset has no types of its own; these are the parts that are used. */
declare module "conventional-changelog-conventionalcommits" {
  import type { Context, Options } from "conventional-changelog-writer";
  import type { Commit, ParserOptions } from "conventional-commits-parser";

  export interface Preset {
    parser: ParserOptions;
    writer: Options<Commit> & {
      /** @returns what replaces the commit's own values; undefined for one that is left out */
      transform(commit: Commit, context: Context<Commit>): Partial<Commit> | undefined;
    };
    /** 0 major, 1 minor, 2 patch. */
    whatBump(commits: readonly Commit[]): { level: 0 | 1 | 2; reason: string };
  }

  export const DEFAULT_COMMIT_TYPES: readonly { type: string; section: string; hidden?: boolean }[];

  export default function createPreset(config?: {
    /** `{{host}}`, `{{owner}}`, `{{repository}}` and `{{hash}}` are filled in. */
    commitUrlFormat?: string;
  }): Preset;
}

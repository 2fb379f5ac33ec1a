export { changelogFile, changelogText, writeChangelog } from "./changelog.ts";
export type { Change, Level } from "./changes.ts";
export { trainBranch } from "./lines.ts";
export { nextVersion } from "./next.ts";
export { type CutDocument, cutTrain } from "./trains.ts";
export type { Bump, NextDocument, NextRequest } from "./types.ts";

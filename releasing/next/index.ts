export { changelogFile, changelogText, writeChangelog } from "./changelog.ts";
export type { Change, Level } from "./changes.ts";
export { nextVersion } from "./next.ts";
export { type CutDocument, cutTrain, trainBranch } from "./trains.ts";
export type { Bump, NextDocument, NextRequest } from "./types.ts";

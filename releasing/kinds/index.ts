export type { BuiltRelease, KindBuilder, KindContext } from "./types.ts";

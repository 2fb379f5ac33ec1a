/** `npm run bench [names|records|next|capsule|start|preview]...`: every benchmark, or those that are named. */
import { benchCapsule } from "./capsule.ts";
import { benchNames } from "./names.ts";
import { benchNext } from "./next.ts";
import { benchPreview } from "./preview.ts";
import { benchRecords } from "./records.ts";
import { benchStart } from "./start.ts";

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  names: benchNames,
  records: benchRecords,
  next: benchNext,
  capsule: benchCapsule,
  start: benchStart,
  preview: benchPreview,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => benchmarks[name] === undefined);
if (unknown.length > 0) {
  console.error(
    `unknown benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`,
  );
  process.exit(2);
}
for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (wanted.length === 0 || wanted.includes(name)) await benchmark();
}

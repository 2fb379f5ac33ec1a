import { checkTags } from "../../builds/tags.ts";
import type { ReleaseRecord, ReleaseRegistry } from "../../registry/index.ts";
import type { Problem } from "../../schemas/problem.ts";
import { checkArtifacts } from "./artifacts.ts";
import { checkModules, type SourceAccess } from "./modules.ts";

export { checkArtifacts } from "./artifacts.ts";

/**
 * Compares the records with the world: every tag still at its commit, every artifact there and
 * unchanged, every attestation valid, every Go module's sum the same. Reads only. History is left
 * alone (D-05), and of a pending record there is only the tag.
 *
 * @returns all problems, in the order of the records; see `checkTags`, `checkArtifacts`, `checkModules`
 * @throws SlipwayError `endpoint-map`
 */
export async function checkReleases(
  { catalogue, records }: Pick<ReleaseRegistry, "catalogue" | "records">,
  access: SourceAccess,
): Promise<Problem[]> {
  const { env, tokens, note } = access;
  const live = [...records.values()].flat().filter(({ status }) => status !== "history");
  note(`comparing ${live.length} releases with their tags and artifacts`);
  const [tags, artifacts] = await Promise.all([
    checkTags(
      live.flatMap((record) => expectationOf(catalogue, record) ?? []),
      { env, tokens },
    ),
    checkArtifacts(live, env),
  ]);
  // Of a commit that no tag holds any more there may be nothing left to read.
  const known = live.filter((record) => !tags.some((problem) => concerns(problem, record)));
  const modules = await checkModules(catalogue, known, access);
  const order = new Map(live.map(({ file }, index) => [file, index]));
  const place = ({ file = "" }: Problem) => order.get(file) ?? -1;
  return [...tags, ...artifacts, ...modules].sort((a, b) => place(a) - place(b));

  function concerns({ code, file, message }: Problem, record: ReleaseRecord): boolean {
    if (code !== "repository-unreachable") return file === record.file;
    const url = catalogue.components.get(record.component)?.repository.url;
    return message.startsWith(`${url} `);
  }
}

function expectationOf({ components }: ReleaseRegistry["catalogue"], record: ReleaseRecord) {
  const repository = components.get(record.component)?.repository;
  if (repository === undefined) return undefined;
  const { tag, commit } = record.source;
  return { url: repository.url, repository: repository.key, tag, commit, file: record.file };
}

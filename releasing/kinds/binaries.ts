/** Files from a folder, with their checksums: one artifact, a layer for each. */
import { mkdir } from "node:fs/promises";
import { findChecksumsSignature, releaseKeys, signChecksums } from "../../attest/index.ts";
import { ANNOTATION, BINARIES, CHECKSUMS, EMPTY_CONFIG } from "../../builds/media-types.ts";
import { whileAsking } from "../../builds/registry-access.ts";
import type { ResolvedManifest } from "../../builds/registry-client.ts";
import { withScratch } from "../../builds/scratch.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import {
  type ArtifactContent,
  artifactOf,
  findArtifact,
  findOrPush,
  openRepository,
} from "./artifact.ts";
import { type BinaryFile, checksumsOf, readFolder } from "./binary-files.ts";
import { runBuildCommand } from "./build-command.ts";
import type { KindBuilder, KindContext } from "./types.ts";

export const binariesBuilder: KindBuilder = {
  async checks(context) {
    // What a command makes is known only once it has run, which is after the tag.
    if (context.component.binaries?.command !== undefined) return [];
    try {
      await buildFiles(context);
      return [];
    } catch (error) {
      if (error instanceof SlipwayError) return [...error.problems];
      throw error;
    }
  },
  async find(context) {
    const found = await findArtifact(context, BINARIES);
    const isWhole = found !== undefined && (await isSigned(context, found));
    return isWhole ? { artifact: artifactOf(context, found) } : undefined;
  },
  async build(context) {
    const { manifest, found } = await findOrPush(context, BINARIES, filesContent);
    if (!(await isSigned(context, manifest))) await sign(context, manifest);
    return { artifact: artifactOf(context, manifest), found };
  },
  content: filesContent,
};

/** Whether there is what is asked for: people check the file, `cosign verify` the artifact around it. */
async function isSigned(context: KindContext, artifact: ResolvedManifest): Promise<boolean> {
  if (!context.component.attestations.signature) return true;
  const repository = await openRepository(context);
  const key = await releaseKeys(context.env).publicKey();
  const find = () => findChecksumsSignature(repository, artifact, key);
  return (await whileAsking(context.registry, "read", find)) !== undefined;
}

async function sign(context: KindContext, artifact: ResolvedManifest): Promise<void> {
  const { component, version, env, note } = context;
  note(`signing the checksums of ${component.name}@${version}`);
  const repository = await openRepository(context);
  await withScratch(`sign-${component.name}`, (scratch) => {
    const signer = { keys: releaseKeys(env), env, scratch };
    return whileAsking(context.registry, "written", () =>
      signChecksums(signer, repository, artifact),
    );
  });
}

async function filesContent(context: KindContext): Promise<ArtifactContent> {
  const files = await buildFiles(context);
  const checksums = { name: CHECKSUMS, content: Buffer.from(checksumsOf(files)) };
  return {
    artifactType: BINARIES,
    config: { mediaType: EMPTY_CONFIG, content: Buffer.from("{}") },
    layers: [
      layerOf(checksums, "text/plain"),
      ...files.map((file) => layerOf(file, "application/octet-stream")),
    ],
  };
}

function layerOf({ name, content }: BinaryFile, mediaType: string) {
  return { mediaType, content, annotations: { [ANNOTATION.title]: name } };
}

/** @throws SlipwayError `build-failed`, `artifact-rule`, `source-path` */
async function buildFiles(context: KindContext): Promise<BinaryFile[]> {
  const { component, version, tag, source } = context;
  const { binaries, name, path } = component;
  if (binaries === undefined) throw new Error(`${name} says nothing of its binaries`);
  const { command, folder } = binaries;
  return withScratch(`binaries-${name}`, async (scratch) => {
    const root = `${scratch}/source`;
    await mkdir(root);
    await source.export(tag.commit, path, root);
    if (command !== undefined) await runBuildCommand(context, command, root);
    const read = await readFolder(root, folder);
    if ("files" in read) return read.files;
    throw new SlipwayError(
      read.problems.map((message) => ({
        code: "artifact-rule",
        message: `${name}@${version}: ${path}: ${message}`,
      })),
    );
  });
}

/** The next benchmark: the source brought up to date, and the version that follows. */
import type { Component } from "../../registry/index.ts";
import { nextVersion } from "../../releasing/next/index.ts";
import { openSource } from "../../source/index.ts";

const repository = {
  key: "source",
  url: "https://git.example.com/team/source.git",
  aliases: [],
  releaseBranch: "main",
};
const component: Component = {
  name: process.argv[2] ?? "app",
  scheme: "semver",
  kind: "container",
  repository,
  path: "app",
  image: "app",
  dockerfile: "Dockerfile",
  platforms: ["linux/amd64"],
  buildArgs: {},
  attestations: { sbom: false, provenance: false, signature: false },
  cadence: "continuous",
  contractTest: [],
};
const source = await openSource(repository, { token: process.env.SOURCE_TOKEN });
const { next, commits } = await nextVersion({ component, records: [], source });
console.log(next, commits.length);

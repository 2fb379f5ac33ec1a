/** What a release is cut with, but for the image registry: its builder is told what to find. */
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { loadRegistry, type ReleaseRecord } from "../../registry/index.ts";
import type { BuiltRelease } from "../../releasing/kinds/index.ts";
import type { ReleasePlan } from "../../releasing/plan.ts";
import { planRelease, type ReleaseRequest, type ReleaseWorld } from "../../releasing/release.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";
import type { Remote } from "../source/remote.ts";
import { component } from "./next-fixture.ts";

export const BUILT: BuiltRelease = {
  artifact: {
    registry: "slipwaydev.azurecr.io",
    digest: `sha256:${"a".repeat(64)}`,
    size: 402,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
  },
};

export interface Bench {
  checkout: TempCheckout;
  world: ReleaseWorld;
  /** What the builder finds; none at first. */
  found: BuiltRelease | undefined;
  /** Versions that it built. */
  built: string[];
}

/** @param records of the component `app` */
export async function bench(
  remote: Remote,
  records: readonly ReleaseRecord[] = [],
  more: Partial<ReleaseWorld> = {},
): Promise<Bench> {
  const checkout = await tempCheckout();
  const registry = loadRegistry(checkout.root, () => {});
  if (registry === undefined) throw new Error("the sample has no registry");
  const state: Bench = {
    checkout,
    found: undefined,
    built: [],
    world: {
      root: checkout.root,
      registry: { ...registry, records: new Map([["app", records]]) },
      server: "slipwaydev.azurecr.io",
      source: await remote.open(),
      builder: {
        find: async () => state.found,
        build: async ({ version }) => {
          state.built.push(version);
          return BUILT;
        },
      },
      images: "acr",
      endpoints: endpointMapFrom({}),
      env: {},
      note: () => {},
      judge: async () => [],
      ...more,
    },
  };
  return state;
}

export function plan(
  { world }: Bench,
  request: Partial<ReleaseRequest> = {},
): Promise<ReleasePlan> {
  return planRelease({ component: component(), ...request }, world);
}

/** `code: message` of every problem that keeps a release from being planned. */
export async function refusals(
  bench: Bench,
  request: Partial<ReleaseRequest> = {},
): Promise<string[]> {
  try {
    const { version } = await plan(bench, request);
    return [`nothing: ${version} would be released`];
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return error.problems.map(({ code, message }) => `${code}: ${message}`);
  }
}

import { describe, expect, it } from "vitest";
import { loadCheckout } from "../../config/index.ts";
import { finishRecord, loadRegistry } from "../../registry/index.ts";
import { releasePlatform } from "../../releasing/platform.ts";
import { SlipwayError } from "../../schemas/index.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";

const DATE = "2026-08-03";
const NEW = "releases/platform/v2.yaml";
const ENVIRONMENT = "environments/dev.yaml";

async function codeOf(work: Promise<unknown>): Promise<[string, string]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SlipwayError) return [error.code, error.message];
    throw error;
  }
  throw new Error("nothing was refused");
}

function yank(checkout: TempCheckout, component: string, version: string): void {
  checkout.write(
    `releases/${component}/v${version}/yanked.yaml`,
    `schema_version: 1\ncomponent: ${component}\nversion: ${version}\ndecision: yanked\ndecided_at: "2026-07-20"\nreason: Loses drafts\n`,
  );
}

async function build(root: string, component: string, version: string): Promise<void> {
  const records = loadRegistry(root, () => {})?.records.get(component) ?? [];
  const record = records.find((candidate) => candidate.version === version);
  if (record === undefined) throw new Error(`${component}@${version} has no record`);
  const digest = `sha256:${"a".repeat(64)}`;
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  await finishRecord(root, record, {
    registry: "slipwaydev.azurecr.io",
    digest,
    size: 402,
    mediaType,
  });
}

describe("releasePlatform", () => {
  it("freezes the newest stable release of each component, in canonical bytes", async () => {
    const checkout = await tempCheckout();
    const release = await releasePlatform({ root: checkout.root, version: "2", date: DATE });
    expect(release).toMatchObject({ platform: "2", file: NEW, outcome: "written" });
    // A pre-release of orbit-webapp is newer, and not stable.
    expect(checkout.read(NEW)).toMatch(
      /^schema_version: 1\nversion: "2"\nreleased_at: "2026-08-03"\ncomponents:\n {2}aurora-webapp: 3\.1\.0\n(?: {2}\S+: \S+\n)* {2}orbit-webapp: 1\.4\.1\n/,
    );
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    expect(Object.fromEntries(loaded?.registry.platforms[1]?.components ?? [])).toEqual(
      release.components,
    );
  });

  it("freezes what an environment points at, without the overrides of some", async () => {
    const { root } = await tempCheckout();
    const release = await releasePlatform({ root, version: "2", environment: "dev", date: DATE });
    expect(release.components).toMatchObject({
      "aurora-webapp": "3.0.0",
      "orbit-webapp": "1.4.0",
      "registry-service": "2026.06.1",
    });
  });

  it("changes no byte when the version is released already", async () => {
    const checkout = await tempCheckout();
    const before = checkout.tree();
    const again = await releasePlatform({ root: checkout.root, version: "1" });
    expect(again).toMatchObject({ outcome: "unchanged", released_at: "2026-07-14" });
    expect(checkout.tree()).toEqual(before);
  });

  it("leaves one manifest when two are released at once", async () => {
    const checkout = await tempCheckout();
    const both = ["2026-08-03", "2026-08-04"].map((date) =>
      releasePlatform({ root: checkout.root, version: "2", date }),
    );
    const [a, b] = await Promise.all(both);
    expect([a?.outcome, b?.outcome].sort()).toEqual(["unchanged", "written"]);
    expect(a?.released_at).toBe(b?.released_at);
    expect(checkout.read(NEW)).toContain(`released_at: "${a?.released_at}"`);
  });

  it("writes nothing when it is asked what it would do", async () => {
    const checkout = await tempCheckout();
    const before = checkout.tree();
    const plan = await releasePlatform({ root: checkout.root, version: "2", dryRun: true });
    expect(plan).toMatchObject({ outcome: "planned", components: { "aurora-webapp": "3.1.0" } });
    expect(checkout.tree()).toEqual(before);
  });

  it("leaves out what has no release that stands, and says so", async () => {
    const checkout = await tempCheckout();
    for (const version of ["0.5.0", "0.6.0", "0.6.1"]) {
      yank(checkout, "maxq-orbit-agent-webapp", version);
    }
    const { components, without } = await releasePlatform({ root: checkout.root, version: "2" });
    expect(without).toContain("maxq-orbit-agent-webapp");
    expect(components).not.toHaveProperty("maxq-orbit-agent-webapp");
  });

  it("says which of the releases are not built yet, then and later", async () => {
    const checkout = await tempCheckout();
    const { root } = checkout;
    const others = ["aurora-webapp", "maxq-orbit-agent", "maxq-orbit-agent-webapp"];
    const request = { root, version: "2", date: DATE };
    const planned = await releasePlatform({ ...request, dryRun: true });
    expect(planned.pending).toEqual([...others, "orbit-webapp", "registry-service"]);
    await build(root, "orbit-webapp", "1.4.1");
    expect((await releasePlatform(request)).pending).toEqual([...others, "registry-service"]);
    await build(root, "registry-service", "2026.07.0");
    const again = await releasePlatform(request);
    expect(again).toMatchObject({ outcome: "unchanged", pending: others });
  });

  it("freezes the release before a yanked one", async () => {
    const checkout = await tempCheckout();
    yank(checkout, "orbit-webapp", "1.4.1");
    const { components } = await releasePlatform({ root: checkout.root, version: "2" });
    expect(components).toMatchObject({ "orbit-webapp": "1.4.0" });
  });

  it.each<
    [string, string, (checkout: TempCheckout) => { version: string; environment?: string }, RegExp]
  >([
    [
      "compatibility",
      "an environment points at versions that no row supports",
      (checkout) => {
        checkout.edit(ENVIRONMENT, "maxq-orbit-agent: 0.9.0", "maxq-orbit-agent: 0.8.0");
        return { version: "2", environment: "dev" };
      },
      /maxq-orbit-agent 0\.8\.0.* is in no row; .*point dev at supported versions/,
    ],
    [
      "compatibility",
      "the newest releases are not supported together",
      (checkout) => {
        checkout.edit(
          "releases/compatibility.yaml",
          '    aurora-webapp: "^3.0.0"\n    registry-service: ">=',
          '    aurora-webapp: "~3.0.0"\n    registry-service: ">=',
        );
        return { version: "2" };
      },
      /aurora-webapp 3\.1\.0.* is in no row/,
    ],
    [
      "yanked",
      "an environment points at a yanked release",
      (checkout) => {
        yank(checkout, "orbit-webapp", "1.4.0");
        return { version: "2", environment: "dev" };
      },
      /orbit-webapp 1\.4\.0, which was yanked .* point dev at another version/,
    ],
    [
      "version-taken",
      "the version is released with other versions than the environment's",
      () => ({ version: "1", environment: "dev" }),
      /the platform 1, released on 2026-07-14, with orbit-webapp 1\.4\.1, expected 1\.4\.0 as dev/,
    ],
    [
      "version-taken",
      "the version is another way to write a released one",
      () => ({ version: "1.0" }),
      /found the platform 1, .* expected no version equal to 1\.0/,
    ],
    ["usage", "the version is no number", () => ({ version: "../x" }), /numbers joined by dots/],
    [
      "unknown-environment",
      "there is no such environment",
      () => ({ version: "2", environment: "moon" }),
      /"moon", expected one of dev/,
    ],
    [
      "schema",
      "something else is wrong with the checkout",
      (checkout) => {
        checkout.edit(
          "releases/orbit-webapp/v1.3.0/release.yaml",
          "target: container",
          "target: x",
        );
        return { version: "2" };
      },
      /found "x"/,
    ],
  ])("refuses with %s when %s, and writes nothing", async (code, _when, edit, says) => {
    const checkout = await tempCheckout();
    const request = edit(checkout);
    const before = checkout.tree();
    const [found, message] = await codeOf(releasePlatform({ root: checkout.root, ...request }));
    expect(found).toBe(code);
    expect(message).toMatch(says);
    expect(checkout.tree()).toEqual(before);
  });
});

describe("an environment that names a platform version", () => {
  async function withPlatform(versions: string): Promise<TempCheckout> {
    const checkout = await tempCheckout();
    const text = checkout.read(ENVIRONMENT);
    const [, overrides] = text.split(/(?=\n# Other versions)/);
    checkout.write(
      ENVIRONMENT,
      `schema_version: 1\nenvironment: dev\nplatform: "1"\n${versions}${overrides}`,
    );
    return checkout;
  }

  it("points at what the manifest names, and its own lines go before", async () => {
    const checkout = await withPlatform("versions:\n  aurora-webapp: 3.1.0\n");
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    expect(Object.fromEntries(loaded?.environments.get("dev")?.versions ?? [])).toEqual({
      "aurora-webapp": "3.1.0",
      "orbit-webapp": "1.4.1",
      "maxq-orbit-agent": "0.9.1",
      "maxq-orbit-agent-webapp": "0.6.1",
      "registry-service": "2026.07.0",
    });
  });

  it("needs no versions of its own", async () => {
    const { root } = await withPlatform("");
    expect((await loadCheckout(root)).problems).toEqual([]);
  });

  it("is told of a yanked release at the line that names the platform", async () => {
    const checkout = await withPlatform("");
    yank(checkout, "maxq-orbit-agent", "0.9.1");
    const { yanked } = await loadCheckout(checkout.root);
    expect(yanked[0]).toMatchObject({
      file: ENVIRONMENT,
      path: "platform",
      line: checkout.lineOf(ENVIRONMENT, 'platform: "1"'),
    });
  });
});

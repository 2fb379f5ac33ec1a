import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../../builds/digest.ts";
import type { Capsule } from "../../../capsule/contract.ts";
import { openLayout, writeLayout } from "../../../capsule/layout.ts";
import { renderCapsule } from "../../../capsule/render/index.ts";
import type { CapsuleSource } from "../../../capsule/source.ts";
import type { CapsuleVerdict } from "../../../capsule/verify/index.ts";
import { sampleCapsule } from "../sample.ts";
import { built, filesOf, OVERLAY, PACKAGE, type Tree, writeTree } from "./trees.ts";

let world: string;

beforeEach(async () => {
  world = await mkdtemp(join(tmpdir(), "slipway-render-"));
  // Whatever is left behind would be found here.
  await mkdir(join(world, "tmp"));
  vi.stubEnv("TMPDIR", join(world, "tmp"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  expect(await readdir(join(world, "tmp"))).toEqual([]);
  await rm(world, { recursive: true, force: true });
});

describe("renderCapsule", () => {
  it("equals what kustomize builds in the checkout, byte for byte", async () => {
    await writeTree(join(world, "checkout"), PACKAGE);
    const expected = await built(join(world, "checkout/package/base"));
    await rm(join(world, "checkout"), { recursive: true });
    expect(expected).toContain("memory=1Gi");
    expect(await rendered(PACKAGE)).toBe(expected);
  });

  it("equals it with an overlay, which has a patch, components, a generator and an image", async () => {
    await writeTree(join(world, "checkout"), { ...PACKAGE, ...OVERLAY });
    const expected = await built(join(world, "checkout/overlay"));
    for (const part of [
      "replicas: 3",
      "shareProcessNamespace: true",
      'tracing: "on"',
      "name: stg-token-",
      `image: slipwaydev.azurecr.io/orbit-webapp@sha256:${"d".repeat(64)}`,
      "runbook: https://runbooks.example.com",
    ]) {
      expect(expected).toContain(part);
    }
    expect(await rendered(PACKAGE, { overlay: join(world, "checkout/overlay") })).toBe(expected);
  });

  it("tells what kustomize warns of", async () => {
    const deprecated = { "package/base/kustomization.yaml": "bases: [../service]\n" };
    const { rendered } = await render({ ...PACKAGE, ...deprecated });
    expect(rendered?.warnings.join()).toContain("'bases' is deprecated");
  });

  it("reads no byte of the package when the verdict is no", async () => {
    const source = await layoutOf(PACKAGE);
    const blob = vi.spyOn(source, "blob");
    const verdict = { ...VERIFIED, ok: false };
    expect(await renderCapsule(source, { verify: async () => verdict })).toEqual({ verdict });
    expect(blob).not.toHaveBeenCalled();
  });

  it("renders what was verified, when the tag moves in between", async () => {
    const [one, other] = [await layoutOf(PACKAGE), await layoutOf({ ...PACKAGE, "package/x": "" })];
    let asked = 0;
    const moving: CapsuleSource = {
      ...one,
      manifest: () => (asked++ === 0 ? one : other).manifest(),
      blob: async (layer) => one.blob(layer).catch(() => other.blob(layer)),
    };
    const { digest } = await one.manifest();
    const verify = async (source: CapsuleSource) => {
      expect((await source.manifest()).digest).toBe(digest);
      return VERIFIED;
    };
    expect((await renderCapsule(moving, { verify })).rendered?.capsule.digest).toBe(digest);
  });

  it.each<[string, Tree, RegExp]>([
    [
      "a file above its kustomization",
      { "package/base/kustomization.yaml": "resources: [../service/service.yaml]\n" },
      /^found package\/base, .*security; file 'package\/service\/service.yaml' is not in or below/,
    ],
    [
      "a plugin that is none of kustomize's own",
      {
        "package/base/kustomization.yaml": "resources: [web.yaml]\ngenerators: [run.yaml]\n",
        "package/base/run.yaml":
          "apiVersion: example.com/v1\nkind: Run\nmetadata:\n  name: run\n  annotations:\n    config.kubernetes.io/function: 'exec: {path: ./run.sh}'\n",
        "package/base/run.sh": "#!/bin/sh\ntouch /tmp/slipway-ran\n",
      },
      /external plugins disabled/,
    ],
    [
      "a chart, by a plugin",
      {
        "package/base/kustomization.yaml": "generators: [chart.yaml]\n",
        "package/base/chart.yaml":
          "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: c}\nname: c\n",
      },
      /must specify --enable-helm/,
    ],
    ["no YAML", { "package/base/web.yaml": "kind: {" }, /^found package\/base, expected what/],
  ])("says what kustomize refuses: %s", async (_what, changed, message) => {
    const rendering = render({ ...PACKAGE, ...changed });
    await expect(rendering).rejects.toMatchObject({ code: "render-failed" });
    await expect(rendering).rejects.toThrow(message);
    await expect(rendering).rejects.not.toThrow(world);
  });

  it.each<[string, (capsule: Capsule) => void, RegExp]>([
    ["a file less", edit((text) => text.replace(/"files":\d+/, '"files":5')), /found 6 files/],
    ["another size", edit((text) => text.replace(/"size":\d+/, '"size":99')), /bytes of the unp/],
    ["another content", edit((text) => text.replace(/sha256:./, "sha256:0")), /unpacked package s/],
  ])("refuses a config that says %s", async (_what, change, message) => {
    const capsule = await sampleCapsule(filesOf(PACKAGE), "package/base");
    change(capsule);
    await refused(renderCapsule(await written(capsule), TRUSTING), message);
  });

  it("refuses a package of another time than its annotations say", async () => {
    const at = "2026-07-01T10:00:01Z";
    const later = await sampleCapsule(filesOf(PACKAGE), "package/base", at);
    await refused(renderCapsule(await written(later), TRUSTING), /found the package dated .*:01/);
  });

  it("refuses a package that lacks the recorded path, and one that is no package", async () => {
    const lacking = await sampleCapsule(filesOf(PACKAGE), "package/nowhere");
    await refused(renderCapsule(await written(lacking), TRUSTING), /found no package\/nowhere/);
    const source = await layoutOf(PACKAGE);
    const swapped = { ...source, blob: async () => Buffer.from("no archive") };
    const bytes = Buffer.from("no archive");
    const manifest = await source.manifest();
    const text = Buffer.from(manifest.content).toString("utf8");
    const parsed = JSON.parse(text);
    Object.assign(parsed.layers[0], { digest: sha256(bytes), size: bytes.byteLength });
    const content = Buffer.from(JSON.stringify(parsed));
    const enclosed: CapsuleSource = {
      ...source,
      manifest: async () => ({ ...manifest, content, digest: sha256(content) }),
      blob: async (layer) => (layer.digest === sha256(bytes) ? bytes : source.blob(layer)),
    };
    await refused(renderCapsule(enclosed, TRUSTING), /: the package /);
    await refused(renderCapsule(swapped, TRUSTING), /found \d+ bytes of the|expected/);
  });

  it("refuses on one line that shows all of what it quotes", async () => {
    const lacking = await sampleCapsule(filesOf(PACKAGE), "package/nowhere");
    const source = { ...(await written(lacking)), name: "./a\u202eb\u001b[2J" };
    await refused(renderCapsule(source, TRUSTING), /^\.\/a\\u202eb\\u001b\[2J: found no package/);
  });

  it.each<[string, (folder: string) => Promise<void>, RegExp]>([
    ["that is not there", (folder) => rm(folder, { recursive: true }), /found no folder/],
    ["with a link", (folder) => symlink("/etc", join(folder, "link")), /links are not followed/],
  ])("refuses an overlay %s", async (_what, change, message) => {
    await writeTree(world, OVERLAY);
    await change(join(world, "overlay"));
    const rendering = render(PACKAGE, { overlay: join(world, "overlay") });
    await expect(rendering).rejects.toMatchObject({ code: "overlay" });
    await expect(rendering).rejects.toThrow(message);
  });

  it("leaves a repository's own folder out of an overlay at its root", async () => {
    await writeTree(world, { ...OVERLAY, "overlay/.git/config": "[core]\n" });
    await symlink("/etc", join(world, "overlay/.git/link"));
    expect(await rendered(PACKAGE, { overlay: join(world, "overlay") })).toContain("replicas: 3");
  });
});

describe("the kustomize that is run", () => {
  it("gets nothing of the environment, and reaches neither programs nor the network", async () => {
    await kustomizeIs(
      '/usr/bin/env | /usr/bin/sort; /bin/ls -ld "$HOME" "$PATH" "$TMPDIR"; command -v git || true',
    );
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    const yaml = await rendered(PACKAGE);
    const names = [...yaml.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const own = ["OLDPWD", "PWD", "SHLVL", "_"];
    expect(names.filter((name) => !own.includes(name ?? ""))).toEqual(
      "HOME HTTPS_PROXY HTTP_PROXY PATH TMPDIR".split(" "),
    );
    expect(yaml).not.toMatch(/git$/m);
    expect(yaml.match(/^drwx------.*\/home$/gm)).toHaveLength(3);
  });

  it.each([
    ["is none", undefined, /kustomize is neither set up nor on PATH: install kustomize 5/],
    [
      "is another major",
      "echo '{Version:kustomize/v4.5.7}'",
      /found kustomize .*v4\.5\.7.*expected version 5/,
    ],
    ["does not start", "exit 3", /expected version 5: install kustomize 5/],
  ])("is refused in one line when there %s", async (_what, script, message) => {
    vi.stubEnv("SLIPWAY_TOOLS", join(world, "tools"));
    vi.stubEnv("PATH", script === undefined ? world : await programAs(script));
    const rendering = render(PACKAGE);
    await expect(rendering).rejects.toMatchObject({ code: "tool-missing" });
    await expect(rendering).rejects.toThrow(message);
  });

  it("warns on lines that show all of it, and nothing of the private folder", async () => {
    const said = "warned \\033[2J\\342\\200\\256";
    await kustomizeIs(
      `printf '\\n ${said} \\n' >&2; echo "in $PWD/x.yaml, $HOME and \${PWD%/*/*}" >&2`,
    );
    const { rendered } = await render(PACKAGE);
    expect(rendered?.warnings).toEqual([
      "warned \\u001b[2J\\u202e",
      "in package/base/x.yaml, home and",
    ]);
  });

  it("may print as much as is told of", async () => {
    await kustomizeIs("/usr/bin/head -c 67108864 /dev/zero");
    expect((await render(PACKAGE)).rendered?.yaml).toHaveLength(67108864);
  });

  it.each([
    [
      "in its words, on one line",
      "printf 'Error: no\\033[2J\\nyes\\n' >&2; exit 1",
      /; it says: no\\u001b\[2J; yes$/,
    ],
    ["when it has none", "exit 4", /; it says: Command failed with exit code 4/],
    [
      "when it has too much to say",
      "echo warning >&2; exec /bin/cat /dev/zero",
      /^found package\/base, expected what kustomize builds to at most 67108864 bytes$/,
    ],
    [
      "when it has too much to say of it",
      "/usr/bin/head -c 1048577 /dev/zero >&2",
      /^found package\/base, expected what kustomize builds; it says: (?:\\u0000){333}.{2}\.\.\.$/,
    ],
  ])("fails %s", async (_what, script, message) => {
    await kustomizeIs(script);
    const rendering = render(PACKAGE);
    await expect(rendering).rejects.toMatchObject({ code: "render-failed" });
    await expect(rendering).rejects.toThrow(message);
  });

  it("fetches nothing, whoever listens", async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url ?? "");
      response.end("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fetched}\n");
    });
    const url = await listening(server);
    const kustomization = `resources: [web.yaml, "${url}/a.yaml"]\n`;
    const rendering = render({ ...PACKAGE, "package/base/kustomization.yaml": kustomization });
    try {
      await expect(rendering).rejects.toMatchObject({ code: "render-reference" });
      expect(requests).toEqual([]);
    } finally {
      server.close();
    }
  });
});

const VERIFIED: CapsuleVerdict = { ok: true, ref: "./capsule", digest: "", checks: [] };
const TRUSTING = { verify: async () => VERIFIED };

async function render(tree: Tree, options: { overlay?: string } = {}) {
  return renderCapsule(await layoutOf(tree), { ...options, ...TRUSTING });
}

async function rendered(tree: Tree, options: { overlay?: string } = {}): Promise<string> {
  const { rendered } = await render(tree, options);
  return Buffer.from(rendered?.yaml ?? []).toString("utf8");
}

async function layoutOf(tree: Tree): Promise<CapsuleSource> {
  return written(await sampleCapsule(filesOf(tree), "package/base"));
}

async function written(capsule: Capsule): Promise<CapsuleSource> {
  const folder = await mkdtemp(join(world, "layout-"));
  await writeLayout(folder, capsule, "git-x");
  return openLayout(folder);
}

/** Edits the config, with the digests that enclose it. */
function edit(change: (text: string) => string): (capsule: Capsule) => void {
  return (capsule) => {
    const before = Buffer.from(capsule.config.content).toString("utf8");
    const content = Buffer.from(change(before));
    expect(content.toString("utf8")).not.toBe(before);
    const manifest = JSON.parse(Buffer.from(capsule.manifest).toString("utf8"));
    manifest.config = { ...manifest.config, digest: sha256(content), size: content.byteLength };
    capsule.config = { ...capsule.config, content, digest: sha256(content) };
    capsule.manifest = Buffer.from(JSON.stringify(manifest));
    capsule.digest = sha256(capsule.manifest);
  };
}

async function refused(rendering: Promise<unknown>, message: RegExp): Promise<void> {
  await expect(rendering).rejects.toMatchObject({ code: "capsule-invalid" });
  await expect(rendering).rejects.toThrow(message);
}

/** A kustomize that does something else when it is to build. */
async function kustomizeIs(build: string): Promise<void> {
  const bin = await programAs(`case $1 in version) echo v5.0.0;; *) ${build};; esac`);
  vi.stubEnv("SLIPWAY_TOOLS", join(world, "tools"));
  vi.stubEnv("PATH", `${bin}${delimiter}${process.env.PATH}`);
}

async function programAs(script: string): Promise<string> {
  const bin = await mkdtemp(join(world, "bin-"));
  await writeFile(join(bin, "kustomize"), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, "kustomize"), 0o755);
  return bin;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

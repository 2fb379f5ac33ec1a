import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capsule } from "../../capsule/contract.ts";
import { writeLayout } from "../../capsule/layout.ts";
import type { RenderDocument } from "../../cli/capsule/render.ts";
import { built, filesOf, OVERLAY, PACKAGE, type Tree, writeTree } from "../capsule/render/trees.ts";
import { sampleCapsule } from "../capsule/sample.ts";
import { BIN } from "./bin.ts";

const BASE = "package/base/kustomization.yaml";
const SERVICE = "package/service/service.yaml";

let world: string;

beforeAll(async () => {
  world = await mkdtemp(join(tmpdir(), "slipway-capsule-render-"));
  await writeTree(world, OVERLAY);
  await layout("one", PACKAGE);
  await layout("other", { ...PACKAGE, [SERVICE]: PACKAGE[SERVICE]?.replace("80", "8080") ?? "" });
});
afterAll(async () => {
  await rm(world, { recursive: true, force: true });
});

describe("slipway capsule render", () => {
  it("prints what kustomize builds, byte for byte, and says that nothing was verified", async () => {
    await writeTree(join(world, "checkout"), PACKAGE);
    const expected = await built(join(world, "checkout/package/base"));
    const { exitCode, stdout, stderr } = await render("./one", "--unverified");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expected });
    expect(stderr).toContain("nothing is verified");
    const document: RenderDocument = JSON.parse(
      (await render("./one", "--unverified", "--json")).stdout,
    );
    expect(document).toMatchObject({ ref: "./one", verified: false, yaml: expected });
    expect(document.diff).toBeUndefined();
  });

  it("prints nothing and writes nothing of a capsule that is not verified", async () => {
    const { exitCode, stdout, stderr } = await render("./one", "--output", "refused.yaml");
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
    expect(stderr).toMatch(/ {2}identity +refused .*[\s\S]* is refused: identity/);
    expect(stderr).not.toContain("nothing is verified");
    expect(await readdir(world)).not.toContain("refused.yaml");
    const { stdout: json } = await render("./one", "--json");
    expect(JSON.parse(json)).toMatchObject({ ok: false, ref: "./one" });
  });

  it.each<[string, (text: Buffer) => Buffer]>([
    ["other bytes than its digest", (content) => Buffer.from(content).fill(1, 20, 30)],
    ["fewer bytes than it says", (content) => content.subarray(1)],
  ])("refuses a package of %s, as verify would", async (_what, edit) => {
    const capsule = await layout("edited", PACKAGE);
    const [{ digest } = { digest: "" }] = capsule.layers;
    const file = join(world, "edited", "blobs", digest.replace(":", "/"));
    await writeFile(file, edit(await readFile(file)));
    const { exitCode, stdout, stderr } = await render("./edited", "--unverified");
    await rm(join(world, "edited"), { recursive: true });
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
    expect(stderr).toMatch(/^slipway: \.\/edited: found /m);
  });

  it("refuses an archive that is no package's, with its code as JSON", async () => {
    await layout("lacking", { "package/web.yaml": "kind: A\n" });
    const { exitCode, stdout } = await render("./lacking", "--unverified", "--json");
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "capsule-invalid",
      message: "./lacking: found no package/base in the package, expected the folder to render",
    });
  });

  it("writes a file in the place of an older one", async () => {
    await writeFile(join(world, "out.yaml"), "before");
    const args = ["--unverified", "--overlay", "overlay", "--output", "out.yaml", "--json"];
    const { stdout, stderr } = await render("./one", ...args);
    expect(stderr).toContain("written to out.yaml");
    const document: RenderDocument = JSON.parse(stdout);
    expect(document).toMatchObject({ verified: false, overlay: "overlay", output: "out.yaml" });
    expect(document.yaml).toBeUndefined();
    expect(await readFile(join(world, "out.yaml"), "utf8")).toContain("replicas: 3");
    const failed = await render("./one", "--unverified", "--output", "no/such/out.yaml", "--json");
    expect(JSON.parse(failed.stdout).error.code).toBe("file-unwritten");
    expect(failed.exitCode).toBe(1);
  });

  it("says what kustomize warns of, and prints none of it", async () => {
    await layout("warned", { ...PACKAGE, [BASE]: "bases: [../service]\n" });
    const { exitCode, stdout, stderr } = await render("./warned", "--unverified");
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/kustomize: .*'bases' is deprecated/);
    expect(stdout).toMatch(/^apiVersion: v1\n/);
  });

  it("tells what another capsule renders otherwise", async () => {
    const { exitCode, stdout } = await render("./one", "--unverified", "--diff", "./other");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^--- a\/v1\/Service\/web\n\+\+\+ b\/v1\/Service\/web\n@@ /);
    expect(stdout).toContain("-  - port: 80\n+  - port: 8080\n");
    expect((await render("./one", "--unverified", "--diff", "./one")).stdout).toBe("");
    const json = await render("./one", "--unverified", "--diff", "./other", "--json");
    const { diff, yaml }: RenderDocument = JSON.parse(json.stdout);
    expect(diff?.objects).toMatchObject([{ object: "v1/Service/web", change: "changed" }]);
    expect(diff?.other.ref).toBe("./other");
    expect(yaml).toBeUndefined();
  });

  it("compares no capsules of two components", async () => {
    await layout("stranger", PACKAGE, "orbit-agent");
    const { exitCode, stdout, stderr } = await render(
      ...["./one", "--unverified", "--diff", "./stranger"],
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/\.\/stranger is of orbit-agent, expected another of orbit-webapp/);
  });

  it.each([
    [["--unverified", "--release", "a@1.0.0"], /--release cannot be checked with --unverified/],
    [["--unverified", "--policy", "p.yaml"], /--policy cannot be checked with --unverified/],
    [["--unverified", "--freight", "f.json"], /--freight cannot be checked with --unverified/],
    [["--diff", "./other", "--freight", "f.json"], /--freight names one capsule/],
  ])("takes %j for a wrong command", async (args, message) => {
    const { exitCode, stderr } = await render("./one", ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});

async function layout(name: string, tree: Tree, component?: string): Promise<Capsule> {
  const capsule = await sampleCapsule(filesOf(tree), "package/base", undefined, component);
  await writeLayout(join(world, name), capsule, "git-x");
  return capsule;
}

async function render(...args: readonly string[]) {
  return execa(process.execPath, [BIN, "capsule", "render", ...args], {
    cwd: world,
    // Nowhere: no registry is asked for the image.
    env: {
      SLIPWAY_ENDPOINTS: JSON.stringify({
        "*.azurecr.io": "http://127.0.0.1:1/*",
      }),
    },
    reject: false,
    stdin: "ignore",
    stripFinalNewline: false,
  });
}

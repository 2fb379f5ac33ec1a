import { describe, expect, it } from "vitest";
import { referenceProblems } from "../../../capsule/render/references.ts";
import { filesOf, OVERLAY, PACKAGE, type Tree } from "./trees.ts";

const BASE = "package/base/kustomization.yaml";
const TOP = "overlay/kustomization.yaml";
const REPLICAS = "resources: [../package/base]\n";

describe("the references of a package", () => {
  it("are taken when all of them stay in it", () => {
    expect(messages({})).toEqual([]);
  });

  it.each<[string, Tree]>([
    ["an https resource", { [BASE]: "resources: ['https://example.com/a.yaml']\n" }],
    ["a repository", { [BASE]: "resources: [github.com/kubernetes-sigs/kustomize]\n" }],
    ["a repository as a file", { [BASE]: "resources: ['file:///etc']\n" }],
    ["a repository over ssh", { [BASE]: "resources: ['git@github.com:a/b.git']\n" }],
    ["a repository among bases", { [BASE]: "bases: ['git::https://example.com/a']\n" }],
    ["a repository of components", { [BASE]: "components: ['https://example.com/a?ref=v1']\n" }],
    ["a folder above", { [BASE]: "resources: [../../../etc]\n" }],
    ["an absolute folder", { [BASE]: "resources: [/etc]\n" }],
    ["an absolute folder that is there below", { [BASE]: "resources: [/../service]\n" }],
    ["a folder that is not there", { [BASE]: "resources: [missing]\n" }],
    ["Windows' separators", { [BASE]: "resources: ['..\\\\..\\\\x']\n" }],
    ["a number", { [BASE]: "resources: [1]\n" }],
    ["bytes in another spelling", { [BASE]: "resources: [!!binary Li4vLi4vZXRj]\n" }],
    ["a tag", { [BASE]: "resources: [!local web.yaml]\n" }],
    ["a key that is no text", { [BASE]: "resources: [web.yaml]\nlabels: [{1: a}]\n" }],
    ["a key in capitals", { [BASE]: "Resources: [../../etc]\n" }],
    ["a key twice", { [BASE]: "resources: [../../etc]\nresources: [web.yaml]\n" }],
    ["a key by merging", { [BASE]: "labels: &a []\n<<: {resources: [../../etc]}\n" }],
    ["a line that only some see", { [BASE]: "# \u2028resources: [../../etc]\nnamespace: a\n" }],
    ["a line that Go alone sees", { [BASE]: "# \rresources: [../../etc]\nnamespace: a\n" }],
    ["two documents", { [BASE]: "resources: [web.yaml]\n---\nresources: [../../etc]\n" }],
    ["a directive", { [BASE]: "%YAML 1.1\n---\nresources: [web.yaml]\n" }],
    ["a chart", { [BASE]: "helmCharts: [{name: x, repo: 'https://charts.example.com'}]\n" }],
    ["a patch from the network", { [BASE]: "patches: [{path: 'HTTPS://example.com/p'}]\n" }],
    ["one in capitals", { [BASE]: "patches: [{PATH: 'http://127.0.0.1/p'}]\n" }],
    ["an old patch", { [BASE]: "patchesStrategicMerge: ['http://127.0.0.1/p']\n" }],
    ["a replacement", { [BASE]: "replacements: [{path: 'http://127.0.0.1/p'}]\n" }],
    ["a schema", { [BASE]: "openapi: {path: 'http://127.0.0.1/p'}\n" }],
    ["a definition", { [BASE]: "crds: ['http://127.0.0.1/p']\n" }],
    ["a configuration", { [BASE]: "configurations: ['http://127.0.0.1/p']\n" }],
    ["a file of a map", { [BASE]: "configMapGenerator: [{files: ['a=http://127.0.0.1/']}]\n" }],
    ["an environment", { [BASE]: "secretGenerator: [{envs: ['http://127.0.0.1/']}]\n" }],
    ["a plugin from the network", { [BASE]: "generators: ['http://127.0.0.1/p']\n" }],
    ["a folder of plugins", { [BASE]: "transformers: [../service]\n" }],
    [
      "what a plugin would fetch",
      { [BASE]: "transformers: [t.yaml]\n", "package/base/t.yaml": "path: http://127.0.0.1/p\n" },
    ],
    [
      "what the second plugin of a file would fetch",
      {
        [BASE]: "validators: [t.yaml]\n",
        "package/base/t.yaml": "kind: A\n---\npath: http://127.0.0.1/p\n",
      },
    ],
    [
      "what a plugin on the spot would fetch",
      { [BASE]: 'generators: ["{kind: A, files: [a=http://127.0.0.1/p]}"]\n' },
    ],
    [
      "what a plugin with the name of one on the spot would fetch",
      { [BASE]: 'generators: ["{a"]\n', "package/base/{a": "path: http://127.0.0.1/p\n" },
    ],
    ["a nested kustomization's", { "package/service/kustomization.yml": "resources: [../../x]\n" }],
    [
      "a component's",
      {
        [BASE]: "components: [../components/debug]\n",
        "package/components/debug/kustomization.yaml": "resources: ['https://example.com']\n",
      },
    ],
    ["two kustomizations", { "package/base/Kustomization": "resources: [web.yaml]\n" }],
  ])("are refused for %s", (_what, changed) => {
    const [message, ...more] = messages(changed);
    expect(message).toMatch(/^found .*, (expected|which) /);
    expect(message).not.toContain("\n");
    expect(more.filter((each) => !/missing|control/.test(each)).length).toBeLessThan(2);
  });

  it("are refused in a text that is not UTF-8", () => {
    const files = filesOf(PACKAGE).map((file) =>
      file.path === BASE
        ? { ...file, content: Buffer.from("\ufeffresources: []\n", "utf16le") }
        : file,
    );
    const problems = referenceProblems({ files, recorded: "package/base", hasOverlay: false });
    expect(problems).toMatchObject([{ code: "render-reference" }]);
    expect(problems[0]?.message).toContain("is not UTF-8");
  });

  it.each<[string, Tree, string]>([
    [
      "a file among folders",
      { [BASE]: "components: [web.yaml]\n" },
      'found "web.yaml" under components of package/base/kustomization.yaml, expected the path of a folder of the package: nothing is read from elsewhere while rendering',
    ],
    [
      "a folder among files",
      { [BASE]: "generators: [../service]\n" },
      'found "../service" under generators of package/base/kustomization.yaml, expected the path of a file of the package: nothing is read from elsewhere while rendering',
    ],
    [
      "a path from the root that is one from here",
      { [BASE]: "resources: [/web.yaml]\n" },
      'found "/web.yaml" under resources of package/base/kustomization.yaml, expected the path of a file or folder of the package: nothing is read from elsewhere while rendering',
    ],
    [
      "an address that is a path, too",
      { [BASE]: "resources: ['https://a/b']\n", "package/base/https:/a/b": "a: b\n" },
      'found "https://a/b" under resources of package/base/kustomization.yaml, expected the path of a file or folder of the package: nothing is read from elsewhere while rendering',
    ],
    [
      "two kustomizations",
      { "package/base/Kustomization": "resources: [web.yaml]\n" },
      "found more than one kustomization in package/base, expected one",
    ],
    [
      "no kustomization",
      { [BASE]: "resources: [../components]\n" },
      "found no kustomization in package/components, expected one",
    ],
    [
      "a chart",
      { [BASE]: "HelmGlobals: {}\n" },
      'found "HelmGlobals" in package/base/kustomization.yaml, expected no chart: nothing is run while rendering; commit what the chart renders to',
    ],
    [
      "an unknown key",
      { [BASE]: "resource: []\n" },
      'found "resource" in package/base/kustomization.yaml, expected a key of a kustomization, spelled as kustomize documents it',
    ],
    [
      "an empty kustomization",
      { [BASE]: "" },
      "found package/base/kustomization.yaml, which is not one document; write it plainly",
    ],
    [
      "what a plugin would fetch",
      { [BASE]: "validators: [v.yaml]\n", "package/base/v.yaml": "path: http://a/p\n" },
      'found "http://a/p" in package/base/v.yaml, expected a file beside it: nothing is fetched while rendering',
    ],
    [
      "what a plugin on the spot would fetch",
      { [BASE]: 'generators: ["{files: [a=http://a/p]}", "{files: [b]}"]\n' },
      'found "a=http://a/p" in package/base/kustomization.yaml, expected a file beside it: nothing is fetched while rendering',
    ],
    [
      "nothing",
      { [BASE]: "resources: [~]\n" },
      "found null under resources of package/base/kustomization.yaml, expected a path",
    ],
    [
      "a list of itself",
      { [BASE]: "resources: &list [*list]\n" },
      "found a list under resources of package/base/kustomization.yaml, expected a path",
    ],
    [
      "a map",
      { [BASE]: "generators: [{kind: A}]\n" },
      "found a map under generators of package/base/kustomization.yaml, expected a path",
    ],
  ])("are refused, in these words, for %s", (_what, changed, message) => {
    expect(messages(changed)).toEqual([message]);
  });

  it("are quoted on one line that a terminal shows as it is", () => {
    const [message] = messages({ [BASE]: 'resources: ["https://example.com/\u202e\\e"]\n' });
    expect(message).toContain('"https://example.com/\\u202e\\u001b"');
  });

  it("are found in what aliases repeat in itself, and at any depth", () => {
    const deep = Array.from({ length: 499 }, (_, index) => {
      const [open, close] = ["[".repeat(30), "]".repeat(30)];
      return `- &a${index} ${open}${index === 0 ? "http://127.0.0.1/p" : `*a${index - 1}`}${close}\n`;
    }).join("");
    expect(messages({ [BASE]: `patches: &p [*p, {path: 'http://127.0.0.1/p'}]\n` })).toHaveLength(
      1,
    );
    expect(messages({ [BASE]: `patches:\n${deep}` })).toHaveLength(1);
  });

  it("are followed through any number of folders", () => {
    const chain = Array.from({ length: 4_000 }, (_, index): [string, string] => [
      `package/${index}/kustomization.yaml`,
      index === 3_999 ? "resources: [https://example.com]\n" : `resources: [../${index + 1}]\n`,
    ]);
    const changed = { [BASE]: "resources: [../0]\n", ...Object.fromEntries(chain) };
    expect(messages(changed)).toHaveLength(1);
  });

  it("are looked for once in a plugin's file, however often it is named", () => {
    const plugin = "package/base/t.yaml";
    const changed = {
      [BASE]: `generators: [${"t.yaml, ".repeat(9_000)}]\nvalidators: ["{a: https://b}", t.yaml]\n`,
      [plugin]: `# ${"long ".repeat(1_000)}\npath: http://127.0.0.1/p\n`,
    };
    expect(messages(changed)).toHaveLength(2);
  });

  it("are all told of at once", () => {
    const changed = {
      [BASE]: "resources: ['https://example.com', ../service]\nhelmCharts: []\n",
      "package/service/kustomization.yml": "crds: ['https://example.com']\n",
    };
    expect(messages(changed)).toHaveLength(3);
  });

  it("are told of up to a number that somebody mends", () => {
    const many = (count: number) => ({ [BASE]: `resources: [${"/etc, ".repeat(count)}]\n` });
    expect(messages(many(50))).toHaveLength(50);
    expect(messages(many(60_000)).slice(49)).toEqual([
      expect.stringMatching(/^found "\/etc" under resources/),
      "found more than 50 problems, expected none",
    ]);
  });

  it("are looked for in so many bytes, wherever they stand", () => {
    // A comment, which costs nothing to read.
    const filled = (text: string, size: number) =>
      `${text}#${" ".repeat(size - text.length - 2)}\n`;
    const tree = (size: number): Tree => ({
      [BASE]: filled("resources: [../service]\ngenerators: [p.yaml]\n", 400_000),
      "package/base/p.yaml": filled("kind: A\n", 400_000),
      "package/service/kustomization.yml": filled("namespace: a\n", size),
    });
    expect(messages(tree(1024 * 1024 - 800_000))).toEqual([]);
    expect(messages(tree(1024 * 1024 - 799_999))).toEqual([
      "found more than 1048576 bytes of kustomizations and what configures plugins up to package/service/kustomization.yml, expected fewer",
    ]);
  });

  it("may be texts that name an address where kustomize fetches none", () => {
    const changed = {
      [BASE]:
        "resources: [web.yaml]\nnamespace:\ncommonAnnotations: {docs: 'https://example.com'}\n" +
        "configMapGenerator: [{name: a, literals: ['URL=https://example.com'], options: {annotations: {a: 'http://x'}}}]\n" +
        "patches: [{patch: 'https: x', target: {kind: A}}]\n",
    };
    expect(messages(changed)).toEqual([]);
  });

  it("may be files that configure plugins, and addresses in what is no kustomization", () => {
    const changed = {
      [BASE]: "resources: [web.yaml]\ngenerators: [p.yaml]\nvalidators: p.yaml\ntransformers:\n",
      "package/base/web.yaml": "kind: A\npath: http://127.0.0.1/p\n",
      "package/base/p.yaml": "kind: B\npath: p\n---\nkind: C\n",
    };
    expect(messages(changed)).toEqual([]);
  });

  it("may be anchors, and kustomizations that two others share", () => {
    const changed = { [BASE]: "resources: &all [web.yaml, ../service]\nbases: *all\n" };
    expect(messages(changed)).toEqual([]);
  });
});

describe("the references of an overlay", () => {
  it("are taken when they stay in it, or are the recorded path or a component", () => {
    expect(messages(OVERLAY, true)).toEqual([]);
  });

  it("may name the package from a folder further down", () => {
    const nested = {
      [TOP]: "resources: [parts/web]\n",
      "overlay/parts/web/kustomization.yaml": "resources: [../../../package/base]\n",
    };
    expect(messages(nested, true)).toEqual([]);
  });

  it.each<[string, Tree, RegExp]>([
    ["no kustomization", { "overlay/a.yaml": "a: 1\n" }, /no kustomization in overlay/],
    ["no package", { [TOP]: "namespace: a\n" }, /without the package, expected ..\/package\/base/],
    [
      "another path",
      { [TOP]: `${REPLICAS}bases: [../package/service]\n` },
      /what the capsule says/,
    ],
    ["a sibling", { [TOP]: "resources: [../package/base, ../../common]\n" }, /of the overlay, or/],
    [
      "a package that leads to it",
      { [TOP]: REPLICAS, [BASE]: "resources: [../../overlay]\n" },
      /expected the path of a file or folder of the package/,
    ],
    [
      "a package that leads back",
      { [TOP]: REPLICAS, [BASE]: "resources: [../../overlay/b]\n", "overlay/b/x": "" },
      /expected the path of a file or folder of the package/,
    ],
  ])("are refused with %s", (_what, changed, message) => {
    const found = messages(changed, true);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});

function messages(changed: Tree, hasOverlay = false): string[] {
  const files = filesOf({ ...PACKAGE, ...changed });
  const problems = referenceProblems({ files, recorded: "package/base", hasOverlay });
  expect(problems.every(({ code }) => code === "render-reference")).toBe(true);
  return problems.map(({ message }) => message);
}

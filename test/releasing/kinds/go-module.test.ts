import { describe, expect, it } from "vitest";
import { goModuleBuilder } from "../../../releasing/kinds/go-module.ts";
import { GO, goDownload, goRun } from "../../fixtures/go-client.ts";
import { type CommitOptions, startRemote } from "../../source/remote.ts";
import { contextOf, problemsOf } from "./context.ts";

const PATH = "git.example.com/team/source.git/lib";
const GO_MOD = `module ${PATH}\n\ngo 1.21\n`;
const PROGRAM = `package main\n\nimport (\n\t"fmt"\n\n\tlib "${PATH}"\n)\n\nfunc main() { fmt.Print(lib.Value()) }\n`;

/** Names and places by which files are left out, taken in, or taken in by mistake of old. */
const ODD: Required<Pick<CommitOptions, "files" | "links">> = {
  files: {
    LICENSE: "root\n",
    "outside.go": "package outside\n",
    "lib/go.mod": `// A module.\n${GO_MOD}`,
    "lib/lib.go": "package lib\n\nfunc One() int { return 1 }\n",
    "lib/inner/inner.go": "package inner\n",
    "lib/vendor/modules.txt": "# none\n",
    "lib/vendor/direct.go": "package vendor\n",
    "lib/vendor/example.com/x/x.go": "package x\n",
    "lib/a/vendor/near.go": "package vendor\n",
    "lib/pkg/vendor/far.go": "package vendor\n",
    "lib/pkg/vendor/x/x.go": "package x\n",
    "lib/nested/go.mod": "module git.example.com/team/source.git/lib/nested\n",
    "lib/nested/nested.go": "package nested\n",
    "lib/nested/deep/deep.go": "package deep\n",
    "lib/Other/GO.MOD": "module other\n",
    "lib/Other/other.go": "package other\n",
    "lib/.hg_archival.txt": "repo: 0\n",
    "lib/.hidden/file": "hidden\n",
    "lib/sub/.hg_archival.txt": "kept\n",
    "lib/with space & (more), [é].txt": "odd\n",
    "lib/windows.txt": "one\r\ntwo\r\n",
    "lib/.gitattributes": "*.txt text eol=lf export-ignore\n*.go export-subst\n*.bat eol=crlf\n",
    "lib/subst.go": "package lib\n\n// $Format:%H$ $Id$\n",
    "lib/Z.go": "package lib\n",
    "lib/a.go": "package lib\n",
  },
  links: { "lib/link.go": "lib.go", "lib/out": "../outside.go", "lib/mod/go.mod": "../go.mod" },
};

describe("goModuleBuilder", () => {
  it.runIf(GO !== undefined)(
    "has the sum that go works out from its own fetch, for every version",
    async () => {
      const remote = await startRemote();
      const sums: Record<string, string | undefined> = {};
      for (const [version, tree] of [
        ["0.1.0", ODD],
        // It leaves out more.
        ["0.2.0", withFile("lib/go.mod", GO_MOD.replace("1.21", "1.24.1"))],
        // From before there was a rule about it.
        ["0.3.0", withFile("lib/go.mod", GO_MOD.replace("1.21", "1.9"))],
        ["0.4.0", withFile("lib/go.mod", `module "${PATH}" // here\ngo 1.21\n`)],
        ["1.0.0-rc.1", ODD],
        ["1.0.0", withFile("lib/LICENSE", "own\n")],
        ["2.1.0", withFile("lib/go.mod", GO_MOD.replace("/lib", "/lib/v2"))],
      ] as const) {
        const branch = `v${version}`;
        const commit = await remote.commit("feat: module", { ...tree, branch });
        const context = await contextOf(remote, moduleOf(version, commit));
        expect(await goModuleBuilder.checks?.(context)).toEqual([]);
        expect(await goModuleBuilder.find(context)).toBeUndefined();
        const { module } = await goModuleBuilder.build(context);
        await remote.tag(`lib/v${version}`, commit);
        const tagged = { ...context, source: await remote.open() };
        expect(await goModuleBuilder.find(tagged)).toEqual({ module });
        sums[`${module?.path}@v${version}`] = module?.sum;
      }
      expect(new Set(Object.values(sums)).size).toBe(7);
      expect(await goDownload(remote.root, ...Object.keys(sums))).toEqual(sums);
    },
  );

  it.runIf(GO !== undefined)(
    "has the sum that go works out when the module is the whole repository",
    async () => {
      const remote = await startRemote();
      const path = "git.example.com/team/source.git";
      const files = { "go.mod": `module ${path}\n`, "source.go": "package source\n" };
      const commit = await remote.commit("feat: module", { files });
      const options = moduleOf("1.4.2", commit, ".");
      const { module } = await goModuleBuilder.build(await contextOf(remote, options));
      await remote.tag("v1.4.2", commit);
      const name = `${path}@v1.4.2`;
      expect(await goDownload(remote.root, name)).toEqual({ [name]: module?.sum });
    },
  );

  it.runIf(GO !== undefined)(
    "lets go build against two releases by the recorded sums, and against no other",
    async () => {
      const remote = await startRemote();
      const commits = [
        await remote.commit("feat: one", { files: { "lib/go.mod": GO_MOD, "lib/lib.go": lib(1) } }),
        await remote.commit("feat: two", { files: { "lib/lib.go": lib(2) } }),
      ];
      for (const [index, commit] of commits.entries()) {
        const version = `0.${index + 1}.0`;
        const { module } = await goModuleBuilder.build(
          await contextOf(remote, moduleOf(version, commit)),
        );
        await remote.tag(`lib/v${version}`, commit);
        await goDownload(remote.root, `${PATH}@v${version}`);
        const sum = module?.sum ?? "";
        const released = { path: PATH, version, sum };
        const stdout = String(index + 1);
        expect(await goRun(remote.root, released, PROGRAM)).toEqual({ stdout });
        const wrong = sum.replace(/h1:./, (text) => (text === "h1:A" ? "h1:B" : "h1:A"));
        const refused = await goRun(remote.root, { ...released, sum: wrong }, PROGRAM);
        expect(refused).toEqual({ stderr: expect.stringContaining("checksum mismatch") });
      }
    },
  );

  it.each([
    ["go.mod is missing", { "lib/lib.go": "package lib\n" }, /found no lib\/go\.mod at commit/],
    ["go.mod names no module", { "lib/go.mod": "go 1.21\n" }, /found no module line/],
    ["the path is none", { "lib/go.mod": "module lib\n" }, /lib, which is no module path/],
    [
      "a first version has a major suffix",
      { "lib/go.mod": `module ${PATH}/v2\n` },
      /has the major suffix \/v2, expected no major suffix for version 0\.1\.0/,
    ],
    [
      "the path does not end in the folder",
      { "lib/go.mod": "module git.example.com/team/source.git/other\n" },
      /does not end in lib, the module's folder/,
    ],
    [
      "the path is another repository's",
      { "lib/go.mod": "module git.example.com/team/fork/lib\n" },
      /is not below git\.example\.com\/team\/source, the repository/,
    ],
    [
      "a name has a character that go refuses",
      { "lib/go.mod": GO_MOD, "lib/a:b.go": "package lib\n" },
      /"a:b\.go", whose name has a character/,
    ],
    [
      "a name has a symbol that is no letter",
      { "lib/go.mod": GO_MOD, "lib/a→b.go": "package lib\n" },
      /"a→b\.go", whose name has a character/,
    ],
    [
      "a name ends in a dot",
      { "lib/go.mod": GO_MOD, "lib/a./b.go": "package lib\n" },
      /"a\.\/b\.go", where a name ends in a dot/,
    ],
    [
      "a name is a device of Windows",
      { "lib/go.mod": GO_MOD, "lib/aux.go": "package lib\n" },
      /"aux\.go", where a name is one of Windows' devices/,
    ],
    [
      "two names differ in case alone",
      { "lib/go.mod": GO_MOD, "lib/a.go": "package lib\n", "lib/A.go": "package lib\n" },
      /found "A\.go" and "a\.go", which are one name/,
    ],
    [
      "two folders differ in case alone",
      { "lib/go.mod": GO_MOD, "lib/É/b.go": "package lib\n", "lib/é/a.go": "package lib\n" },
      /found "É" and "é", which are one name/,
    ],
    [
      "an attribute changes what go gets",
      { "lib/go.mod": GO_MOD, "lib/a.go": "// $Id$\n", ".gitattributes": "lib/*.go text ident\n" },
      /found ident for lib\/a\.go in \.gitattributes/,
    ],
    [
      "a filter stands between",
      { "lib/go.mod": GO_MOD, "lib/.gitattributes": "go.mod filter=lfs -text\n" },
      /found filter=lfs for lib\/go\.mod in lib\/\.gitattributes/,
    ],
    [
      "a macro sets an attribute",
      { "lib/go.mod": GO_MOD, ".gitattributes": "[attr]dos eol=crlf\n*.txt dos\n" },
      /found eol=crlf for lib\/go\.mod/,
    ],
    [
      "go.mod is in capitals",
      { "lib/go.mod": GO_MOD, "lib/Go.mod": GO_MOD },
      /"Go\.mod", expected go\.mod in small letters/,
    ],
  ])("refuses with artifact-rule when %s", async (_, files, says) => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: module", { files });
    const context = await contextOf(remote, moduleOf("0.1.0", commit));
    const problems = (await goModuleBuilder.checks?.(context)) ?? [];
    expect(problems.map(({ code }) => code)).toEqual(["artifact-rule"]);
    expect(problems[0]?.message).toMatch(says);
    expect(problems[0]?.message).toMatch(/^thing@0\.1\.0: .*; /);
    expect(await problemsOf(goModuleBuilder.build(context))).toEqual(problems);
  });

  it("refuses a second major version without its suffix", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: module", { files: { "lib/go.mod": GO_MOD } });
    const context = await contextOf(remote, moduleOf("2.0.0", commit));
    expect(await goModuleBuilder.checks?.(context)).toMatchObject([
      { code: "artifact-rule", message: expect.stringMatching(/expected the major suffix \/v2/) },
    ]);
  });

  it("refuses a licence that is a link, which go would take for its target's name", async () => {
    const remote = await startRemote();
    const files = { "lib/go.mod": GO_MOD, "text/LICENSE": "here\n" };
    const commit = await remote.commit("feat: module", {
      files,
      links: { LICENSE: "text/LICENSE" },
    });
    const context = await contextOf(remote, moduleOf("0.1.0", commit));
    expect(await goModuleBuilder.checks?.(context)).toMatchObject([
      {
        code: "artifact-rule",
        message: expect.stringMatching(/found LICENSE at the root as a link/),
      },
    ]);
  });
});

function withFile(path: string, content: string): typeof ODD {
  return { ...ODD, files: { ...ODD.files, [path]: content } };
}

function lib(value: number): string {
  return `package lib\n\nfunc Value() int { return ${value} }\n`;
}

function moduleOf(version: string, commit: string, path = "lib") {
  return { kind: "go_module", version, commit, component: { path } } as const;
}

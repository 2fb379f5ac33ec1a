import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { checksumsOf, nameProblems, readFolder } from "../../../releasing/kinds/binary-files.ts";

describe("readFolder", () => {
  it("gives every file below the folder in the order of their names' bytes", async () => {
    const root = await folderWith({ "dist/b": "2", "dist/Z": "0", "dist/a/c": "1", other: "" });
    const read = await readFolder(root, "dist");
    const files = "files" in read ? read.files : [];
    expect(files.map(({ name, content }) => [name, Buffer.from(content).toString()])).toEqual([
      ["Z", "0"],
      ["a/c", "1"],
      ["b", "2"],
    ]);
    await writeFile(join(root, "dist/checksums.txt"), checksumsOf(files));
    const check = ["--check", "--strict", "checksums.txt"];
    const { stdout } = await execa("sha256sum", check, { cwd: join(root, "dist") });
    expect(stdout.split("\n")).toEqual(["Z: OK", "a/c: OK", "b: OK"]);
  });

  it("refuses links, and whatever else is no file", async () => {
    const root = await folderWith({ "dist/a": "1", secret: "2" });
    await symlink("../secret", join(root, "dist/b"));
    await execa("mkfifo", [join(root, "dist/c")]);
    const problems = await problemsOf(root, "dist");
    expect(problems.sort()).toMatchObject([
      expect.stringMatching(/^found "b", which is a link, expected files; /),
      expect.stringMatching(/^found "c", which is no plain file, expected files; /),
    ]);
  });

  it("refuses a folder behind a link, one that is a file, and none", async () => {
    const root = await folderWith({ "real/bin/a": "1", plain: "2" });
    await symlink("real", join(root, "dist"));
    expect(await problemsOf(root, "dist/bin")).toMatchObject([
      expect.stringMatching(/^found a link at dist, expected the folder/),
    ]);
    expect(await problemsOf(root, "plain")).toMatchObject([
      expect.stringMatching(/^found a file at plain, expected the folder/),
    ]);
    expect(await problemsOf(root, "gone")).toMatchObject([
      expect.stringMatching(/^found nothing at gone, expected the folder/),
    ]);
  });

  it("refuses a folder without a file", async () => {
    const root = await folderWith({ "dist/a": "1" });
    await rm(join(root, "dist/a"));
    expect(await problemsOf(root, "dist")).toMatchObject([
      expect.stringMatching(/^found no file in dist, expected what is released/),
    ]);
  });
});

describe("nameProblems", () => {
  it("finds nothing wrong with usual names", () => {
    expect(
      nameProblems(["maxqctl_1.0.0_linux-amd64.tar.gz", "a/b c@2+x~(1)", "é", ".env"]),
    ).toEqual([]);
  });

  it.each([
    [["/etc/passwd"], /^found the file "\/etc\/passwd", expected a name inside the folder/],
    [["../a"], /^found the file "\.\.\/a", expected a name inside the folder/],
    [["a/../../b"], /expected a name inside the folder/],
    [["a//b"], /expected a name inside the folder/],
    [["a\\..\\b"], /^found the file "a\\\\\.\.\\\\b", whose name some system refuses/],
    [["C:evil"], /whose name some system refuses/],
    [["a\nb"], /^found the file "a\\nb", whose name some system refuses/],
    [["a."], /whose name some system refuses/],
    [["a /b"], /whose name some system refuses/],
    [["Checksums.txt"], /^found the file "Checksums\.txt", whose name the checksums have/],
    [["a", "A"], /^found "a" and "A", which are one name/],
    [["e\u0301", "\u00e9"], /which are one name/],
    [["a", "a"], /^found "a" and "a", which are one name/],
  ])("refuses %j", (names, says) => {
    expect(nameProblems(names)).toEqual([expect.stringMatching(says)]);
  });
});

async function problemsOf(root: string, folder: string): Promise<string[]> {
  const read = await readFolder(root, folder);
  return "problems" in read ? read.problems : [];
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "slipway-binaries-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

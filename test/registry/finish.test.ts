import { execa } from "execa";
import { describe, expect, it } from "vitest";
import {
  type BuiltArtifact,
  finishRecord,
  loadRegistry,
  type ReleaseRecord,
  writeRecord,
} from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/index.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";

const FILE = "releases/orbit-webapp/v1.4.0/release.yaml";

function built(digit: string): BuiltArtifact {
  return {
    registry: "slipwaydev.azurecr.io",
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${digit.repeat(64)}`,
    size: 1234,
  };
}

function recordIn(checkout: TempCheckout, component: string, version: string): ReleaseRecord {
  const problems: Problem[] = [];
  const registry = loadRegistry(checkout.root, (problem) => problems.push(problem));
  expect(problems).toEqual([]);
  const record = registry?.records.get(component)?.find((entry) => entry.version === version);
  if (record === undefined) throw new Error(`no ${component}@${version}`);
  return record;
}

async function conflictOf(writing: Promise<unknown>): Promise<Problem | undefined> {
  const error = await writing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SlipwayError);
  return error instanceof SlipwayError ? error.problems[0] : undefined;
}

describe("finishRecord", () => {
  it("refuses a record that no build completes", async () => {
    const checkout = await tempCheckout();
    const history = recordIn(checkout, "aurora-webapp", "1.0.0");
    const { artifact: _none, ...module } = recordIn(checkout, "orbit-webapp", "1.4.0");
    const before = checkout.read(history.file);
    for (const record of [history, module]) {
      const problem = await conflictOf(finishRecord(checkout.root, record, built("a")));
      expect(problem).toMatchObject({ code: "record-conflict", file: record.file });
      expect(problem?.message).toContain("is not built");
    }
    expect(checkout.read(history.file)).toBe(before);
    expect(recordIn(checkout, "orbit-webapp", "1.4.0").status).toBe("pending");
  });

  it("completes a pending record, and leaves it alone the second time", async () => {
    const checkout = await tempCheckout();
    const pending = recordIn(checkout, "orbit-webapp", "1.4.0");
    expect(pending.status).toBe("pending");
    expect((await finishRecord(checkout.root, pending, built("a"))).outcome).toBe("written");
    const bytes = checkout.read(FILE);
    const finished = recordIn(checkout, "orbit-webapp", "1.4.0");
    expect(finished).toMatchObject({ status: "recorded", artifact: built("a") });
    expect((await finishRecord(checkout.root, finished, built("a"))).outcome).toBe("unchanged");
    expect((await finishRecord(checkout.root, pending, built("a"))).outcome).toBe("unchanged");
    expect(checkout.read(FILE)).toBe(bytes);
    expect(Object.keys(checkout.tree()).filter((file) => file.includes("v1.4.0"))).toEqual([FILE]);
  });

  it("refuses another digest, naming both", async () => {
    const checkout = await tempCheckout();
    const pending = recordIn(checkout, "orbit-webapp", "1.4.0");
    await finishRecord(checkout.root, pending, built("a"));
    const before = checkout.tree();
    const problem = await conflictOf(finishRecord(checkout.root, pending, built("b")));
    expect(problem).toMatchObject({ code: "record-conflict", file: FILE });
    expect(problem?.message).toContain("a".repeat(64));
    expect(problem?.message).toContain("b".repeat(64));
    expect(checkout.tree()).toEqual(before);
  });

  it("refuses history", async () => {
    const checkout = await tempCheckout();
    const history = recordIn(checkout, "orbit-webapp", "1.2.0");
    const before = checkout.tree();
    const problem = await conflictOf(finishRecord(checkout.root, history, built("a")));
    expect(problem?.code).toBe("record-conflict");
    expect(checkout.tree()).toEqual(before);
  });

  it("lets one of several processes win, and tells the others what it wrote", async () => {
    const checkout = await tempCheckout();
    const program = `
      import { finishRecord, loadRegistry } from "./registry/index.ts";
      const [root, digit] = process.argv.slice(1);
      const record = loadRegistry(root, () => {}).records.get("orbit-webapp").find(({ version }) => version === "1.4.0");
      const built = ${JSON.stringify(built("x"))};
      built.digest = "sha256:" + digit.repeat(64);
      try {
        console.log((await finishRecord(root, record, built)).outcome);
      } catch (error) {
        console.log(error.code);
      }`;
    const run = (digit: string) =>
      execa(
        "node",
        ["--import", "tsx", "--input-type", "module", "-e", program, "--", checkout.root, digit],
        {
          cwd: new URL("../../", import.meta.url),
        },
      );
    const results = await Promise.all(["1", "2", "3", "3"].map(run));
    const outcomes = results.map(({ stdout }) => stdout);
    const winner = recordIn(checkout, "orbit-webapp", "1.4.0").artifact?.digest?.at(-1);
    expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
    expect(outcomes).toEqual(
      ["1", "2", "3", "3"].map((digit) =>
        digit === winner ? expect.stringMatching(/written|unchanged/) : "record-conflict",
      ),
    );
    expect(Object.keys(checkout.tree()).filter((file) => file.includes("v1.4.0"))).toEqual([FILE]);
  });
});

describe("writeRecord", () => {
  it("writes nothing over history, of whatever commit", async () => {
    const checkout = await tempCheckout();
    const history = recordIn(checkout, "orbit-webapp", "1.2.0");
    const before = checkout.tree();
    const problem = await conflictOf(writeRecord(checkout.root, { ...history, status: "pending" }));
    expect(problem).toMatchObject({ code: "record-conflict", file: history.file });
    expect(problem?.message).toContain("found the history of orbit-webapp@1.2.0");
    expect(checkout.tree()).toEqual(before);
  });

  it("removes what a killed writer left half written, and nothing else", async () => {
    const checkout = await tempCheckout();
    const [half, other] = [`${FILE}.1234567`, `${FILE}.orig`];
    checkout.write(half, "component: or");
    checkout.write(other, "mine");
    const before = checkout.tree();
    expect(await writeRecord(checkout.root, recordIn(checkout, "orbit-webapp", "1.4.0"))).toBe(
      "unchanged",
    );
    const { [half]: _, ...rest } = before;
    expect(checkout.tree()).toEqual(rest);
  });

  it("writes a new record and its folder", async () => {
    const checkout = await tempCheckout();
    const { artifact: _, ...old } = recordIn(checkout, "orbit-webapp", "1.4.0");
    const record: ReleaseRecord = {
      ...old,
      version: "1.5.0",
      source: { ...old.source, tag: "orbit-webapp/v1.5.0", commit: "5".repeat(40) },
      artifact: { repository: "orbit-webapp", tag: "1.5.0" },
    };
    expect(await writeRecord(checkout.root, record)).toBe("written");
    const bytes = checkout.read("releases/orbit-webapp/v1.5.0/release.yaml");
    expect(await writeRecord(checkout.root, record)).toBe("unchanged");
    expect(checkout.read("releases/orbit-webapp/v1.5.0/release.yaml")).toBe(bytes);
    expect(recordIn(checkout, "orbit-webapp", "1.5.0").status).toBe("pending");
  });

  it("never changes the sum of a Go module, and leaves a record that says the same alone", async () => {
    const checkout = await tempCheckout();
    const { artifact: _, ...container } = recordIn(checkout, "orbit-webapp", "1.4.0");
    const module = { path: "git.example.com/library", sum: `h1:${"A".repeat(43)}=` };
    const record: ReleaseRecord = {
      ...container,
      component: "trajectory",
      version: "0.1.0",
      target: "go_module",
      source: { ...container.source, repo: "toolkit", path: "go/trajectory" },
      module,
      status: "recorded",
    };
    record.source.tag = "go/trajectory/v0.1.0";
    expect(await writeRecord(checkout.root, record)).toBe("written");
    expect(recordIn(checkout, "trajectory", "0.1.0").module).toEqual(module);
    expect(await writeRecord(checkout.root, record)).toBe("unchanged");
    const before = checkout.tree();
    const other = { ...record, module: { ...module, sum: `h1:${"B".repeat(43)}=` } };
    const problem = await conflictOf(writeRecord(checkout.root, other));
    expect(problem?.code).toBe("record-conflict");
    expect(problem?.message).toMatch(/AAAA.*expected.*BBBB/);
    expect(checkout.tree()).toEqual(before);
  });

  it("refuses another commit, naming both", async () => {
    const checkout = await tempCheckout();
    const record = recordIn(checkout, "orbit-webapp", "1.4.0");
    const before = checkout.tree();
    const moved = { ...record, source: { ...record.source, commit: "5".repeat(40) } };
    const problem = await conflictOf(writeRecord(checkout.root, moved));
    expect(problem).toMatchObject({ code: "record-conflict", file: FILE });
    expect(problem?.message).toContain(record.source.commit);
    expect(problem?.message).toContain("5".repeat(40));
    expect(checkout.tree()).toEqual(before);
  });

  it("leaves a complete record complete when it is written as pending again", async () => {
    const checkout = await tempCheckout();
    const pending = recordIn(checkout, "orbit-webapp", "1.4.0");
    await finishRecord(checkout.root, pending, built("a"));
    expect(await writeRecord(checkout.root, pending)).toBe("unchanged");
    expect(recordIn(checkout, "orbit-webapp", "1.4.0").status).toBe("recorded");
  });
});

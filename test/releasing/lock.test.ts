import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { whileReleasing } from "../../releasing/lock.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";

const FILE = ".git/slipway-release-app.json";
/** Of a process that no Linux or macOS starts: above the largest number there is. */
const NOBODY = 4_194_305;

describe("whileReleasing", () => {
  it("lets one release of a component go on, and names it to the other", async () => {
    const { root } = await repository();
    await whileReleasing(root, "app", async () => {
      const refused = await whileReleasing(root, "app", async () => {}).catch((error) => error);
      expect(refused).toMatchObject({ code: "release-locked" });
      expect(refused.message).toContain(`(pid ${process.pid})`);
      expect(await whileReleasing(root, "other", async () => "other")).toBe("other");
    });
    expect(await whileReleasing(root, "app", async () => "again")).toBe("again");
  });

  it("lets exactly one of several go first that begin at once", async () => {
    const { root } = await repository();
    const refused: unknown[] = [];
    let inside = 0;
    const begun = Array.from({ length: 4 }, async () => {
      try {
        await whileReleasing(root, "app", async () => {
          inside += 1;
          // It keeps the lock until every other one has come to it.
          await expect.poll(() => refused.length, { timeout: 30_000 }).toBe(3);
        });
      } catch (error) {
        refused.push(error);
      }
    });
    await Promise.all(begun);
    expect(inside).toBe(1);
    expect(refused).toMatchObject(Array.from({ length: 3 }, () => ({ code: "release-locked" })));
  });

  it("leaves nothing behind, also when the work fails, and nothing that git sees", async () => {
    const checkout = await repository();
    await whileReleasing(checkout.root, "app", async () => {
      expect(existsSync(checkout.path(FILE))).toBe(true);
      expect(await checkout.git("status", "--porcelain")).toBe("");
    });
    const failed = whileReleasing(checkout.root, "app", () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");
    expect(readdirSync(checkout.path(".git")).filter((name) => /release/.test(name))).toEqual([]);
  });

  it("takes over the lock of one that is gone", async () => {
    const checkout = await repository();
    await leaveLock(checkout, (owner) => ({
      ...owner,
      process: owner.process.replace(String(process.pid), String(NOBODY)),
    }));
    expect(await whileReleasing(checkout.root, "app", async () => "went")).toBe("went");
  });

  it("leaves the lock of another machine, and says which file it is", async () => {
    const checkout = await repository();
    await leaveLock(checkout, (owner) => ({
      ...owner,
      process: owner.process.replace(hostname(), "elsewhere"),
    }));
    const refused = await whileReleasing(checkout.root, "app", async () => {}).catch((e) => e);
    expect(refused).toMatchObject({ code: "release-locked" });
    expect(refused.message).toContain("@elsewhere");
    expect(refused.message).toContain(checkout.path(FILE));
    expect(existsSync(checkout.path(FILE))).toBe(true);
  });

  it("is not kept from its work by a file that is cut short", async () => {
    const checkout = await repository();
    writeFileSync(checkout.path(FILE), '{"process":"');
    expect(await whileReleasing(checkout.root, "app", async () => "went")).toBe("went");
  });
});

async function repository(): Promise<TempCheckout> {
  const checkout = await tempCheckout();
  await checkout.commit("Start");
  return checkout;
}

/** The lock as somebody else would have left it. */
async function leaveLock(
  checkout: TempCheckout,
  edit: (owner: { process: string }) => object,
): Promise<void> {
  let mine = "";
  await whileReleasing(checkout.root, "app", async () => {
    mine = readFileSync(checkout.path(FILE), "utf8");
  });
  writeFileSync(checkout.path(FILE), JSON.stringify(edit(JSON.parse(mine))));
}

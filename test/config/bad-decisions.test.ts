import { describe, expect, it } from "vitest";
import { loadCheckout } from "../../config/index.ts";
import { type BadInput, goodCheckout, itFindsEach } from "../fixtures/bad-input.ts";

/** Named by no pointer and no manifest. */
const FOLDER = "releases/orbit-webapp/v1.3.0";
const YANKED = `${FOLDER}/yanked.yaml`;
const DECISION = `schema_version: 1
component: orbit-webapp
version: 1.3.0
decision: yanked
decided_at: "2026-07-20"
reason: Loses drafts
`;

const rows: [string, string, string, BadInput["code"], RegExp][] = [
  ["the reason is missing", "reason: Loses drafts\n", "", "schema", /found no "reason"/],
  ["the reason is empty", "Loses drafts", '"" # here', "schema", /expected text of 1 to 500/],
  [
    "the reason has two lines",
    "Loses drafts",
    '"a\\nb" # here',
    "schema",
    /expected text of 1 to 500 characters on one line/,
  ],
  [
    "the day stands bare",
    '"2026-07-20"',
    "2026-07-20 # here",
    "unquoted-date",
    /quote it: "2026-07-20"/,
  ],
  [
    "the decision is another",
    "decision: yanked",
    "decision: rejected # here",
    "schema",
    /found "rejected", expected yanked/,
  ],
  [
    "the component is another folder's",
    "component: orbit-webapp",
    "component: aurora-webapp # here",
    "record-misplaced",
    /found the component "aurora-webapp" in releases\/orbit-webapp\/v1.3.0/,
  ],
  [
    "the version is another folder's",
    "version: 1.3.0",
    "version: 1.4.0 # here",
    "record-misplaced",
    /found the version "1.4.0" in .*, expected "1.3.0"/,
  ],
];

const DECISIONS: BadInput[] = rows.map(([when, from, to, code, says]) => ({
  when,
  edit: (checkout) => {
    checkout.write(YANKED, DECISION);
    checkout.edit(YANKED, from, to);
  },
  code,
  file: YANKED,
  ...(to === "" && { at: "schema_version" }),
  says,
}));

const BESIDE: BadInput[] = [
  {
    when: "a decision has a name that nobody reads",
    edit: (checkout) => checkout.write(`${FOLDER}/yanked.yml`, DECISION),
    code: "record-misplaced",
    file: `${FOLDER}/yanked.yml`,
    says: /found yanked.yml beside a record, expected no other than yanked.yaml/,
  },
  {
    when: "a decision stands without a record",
    edit: (checkout) => {
      checkout.write("releases/orbit-webapp/v9.0.0/yanked.yaml", DECISION);
    },
    code: "record-misplaced",
    file: "releases/orbit-webapp/v9.0.0",
    says: /found yanked.yaml and no release.yaml/,
  },
];

describe("a decision about a release", () => {
  itFindsEach([...DECISIONS, ...BESIDE]);
});

describe("a yanked release", () => {
  const yanked = (version: string) =>
    [`releases/orbit-webapp/v${version}/yanked.yaml`, DECISION.replace("1.3.0", version)] as const;

  it("is no problem while nothing names it", async () => {
    const checkout = await goodCheckout();
    checkout.write(...yanked("1.3.0"));
    const { problems, yanked: named } = await loadCheckout(checkout.root);
    expect([problems, named]).toEqual([[], []]);
  });

  it("leaves the checkout to be read when a pointer names it, and is found at the pointer's line", async () => {
    const checkout = await goodCheckout();
    checkout.write(...yanked("1.4.0"));
    const { checkout: loaded, problems, yanked: named } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    expect(loaded).toBeDefined();
    expect(named).toMatchObject([
      {
        code: "yanked",
        file: "environments/dev.yaml",
        line: checkout.lineOf("environments/dev.yaml", "orbit-webapp: 1.4.0"),
        message: expect.stringMatching(/yanked on 2026-07-20 \(Loses drafts\), expected/),
      },
    ]);
  });

  it("is a problem of the newest platform manifest, and of no older one", async () => {
    const checkout = await goodCheckout();
    checkout.write(...yanked("1.4.1"));
    checkout.edit("environments/dev.yaml", "orbit-webapp: 1.4.1", "orbit-webapp: 1.4.0");
    const files = async () => (await loadCheckout(checkout.root)).yanked.map(({ file }) => file);
    expect(await files()).toEqual(["releases/platform/v1.yaml"]);
    const first = checkout.read("releases/platform/v1.yaml");
    const later = (version: string) =>
      checkout.write(
        `releases/platform/v${version}.yaml`,
        first.replace('"1"', `"${version}"`).replace("1.4.1", "1.4.0"),
      );
    later("1.10");
    expect(await files()).toEqual([]);
    checkout.write("releases/platform/v1.9.yaml", first.replace('"1"', '"1.9"'));
    expect(await files()).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { loadCheckout } from "../../config/index.ts";
import { editsOf, goodCheckout, itFindsEach } from "../fixtures/bad-input.ts";
import { BUILT, digest, PENDING, RECORD } from "../fixtures/record-text.ts";

const CATALOGUE = "releases/catalogue.yaml";
const COMMIT = /commit: ([0-9a-f]{40})/;
const PACKAGE = "    package: { kind: kustomize, folder: deploy, path: app }\n";
const AURORA = "    path: services/aurora-webapp\n";

const COMPONENTS = editsOf(CATALOGUE, [
  [
    "a chart has a package",
    "    path: charts/orbit-chart\n",
    "    path: charts/orbit-chart\n    package: { kind: kustomize, folder: deploy } # here\n",
    "catalogue-rule",
    /found package of a helm_chart, expected it of a container only/,
  ],
  [
    "a component with a package has no provenance",
    AURORA,
    `${AURORA}    package: { kind: kustomize, folder: deploy } # here\n    attestations: { sbom: true }\n`,
    "catalogue-rule",
    /found a package without provenance, expected attestations: \{ sbom: true, provenance: true \}/,
  ],
  [
    "a component with a package has no SBOM",
    AURORA,
    `${AURORA}    package: { kind: kustomize, folder: deploy } # here\n    attestations: { provenance: true }\n`,
    "catalogue-rule",
    /found a package without sbom/,
  ],
  [
    "an image is called like the capsules of another",
    "    image: maxq-orbit-agent\n",
    "    image: orbit-webapp-capsule # here\n",
    "catalogue-rule",
    /found the image "orbit-webapp-capsule", which orbit-webapp has already/,
  ],
  [
    "a package is of an unknown kind",
    PACKAGE,
    "    package: { kind: helm, folder: deploy } # here\n",
    "schema",
    /expected kustomize/,
  ],
  [
    "a package's folder leaves the repository",
    PACKAGE,
    "    package: { kind: kustomize, folder: ../deploy } # here\n",
    "schema",
    /expected a folder inside the repository/,
  ],
  [
    "what is rendered leaves the package",
    PACKAGE,
    "    package: { kind: kustomize, folder: deploy, path: ../app } # here\n",
    "schema",
    /expected a folder inside the repository/,
  ],
]);

/** What a record may say of its capsule, and how it is edited into one that says it. */
const capsule = (repository: string, tag: string, digest: string) =>
  `capsule:\n  repository: ${repository}\n  tag: ${tag}\n  digest: ${digest}\n`;

describe("capsules", () => {
  itFindsEach(COMPONENTS);

  it("are of components with a package, of which all is rendered unless told otherwise", async () => {
    const checkout = await goodCheckout();
    checkout.edit(CATALOGUE, PACKAGE, "    package: { kind: kustomize, folder: deploy }\n");
    const { checkout: loaded, problems } = await loadCheckout(checkout.root);
    expect(problems).toEqual([]);
    const components = loaded?.registry.catalogue.components;
    expect(components?.get("orbit-webapp")?.package).toEqual({
      kind: "kustomize",
      folder: "deploy",
      path: ".",
    });
    expect(components?.get("aurora-webapp")?.package).toBeUndefined();
  });

  it("are read from a record", async () => {
    const { problems, record, commit } = await recorded((tag) =>
      capsule("orbit-webapp-capsule", tag, digest("c")),
    );
    expect(problems).toEqual([]);
    expect(record?.capsule).toEqual({
      repository: "orbit-webapp-capsule",
      tag: `git-${commit}`,
      digest: digest("c"),
    });
  });

  it.each<[string, (tag: string) => string, RegExp]>([
    [
      "is in another repository",
      (tag) => capsule("orbit-capsule", tag, digest("c")),
      /found "orbit-capsule", expected "orbit-webapp-capsule"/,
    ],
    [
      "is of another commit",
      () => capsule("orbit-webapp-capsule", `git-${"0".repeat(40)}`, digest("c")),
      /found "git-0+", expected "git-/,
    ],
  ])("are refused in a record when one %s", async (_what, text, says) => {
    const { problems } = await recorded(text);
    expect(problems.map(({ code }) => code)).toEqual(["record-mismatch"]);
    expect(problems[0]?.message).toMatch(says);
  });

  it("are refused in a record when it is pending", async () => {
    const { problems } = await recorded(
      (tag) => capsule("orbit-webapp-capsule", tag, digest("c")),
      PENDING,
    );
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ["record-mismatch", "capsule"],
    ]);
  });

  it("are refused in a record when their keys stand in another order", async () => {
    const { problems } = await recorded(
      (tag) =>
        `capsule:\n  tag: ${tag}\n  repository: orbit-webapp-capsule\n  digest: ${digest("c")}\n`,
    );
    expect(problems.map(({ code }) => code)).toEqual(["key-order"]);
  });
});

/** A checkout whose record of orbit-webapp 1.4.0 ends in this text. */
async function recorded(text: (tag: string) => string, artifact = BUILT) {
  const checkout = await goodCheckout();
  const [, commit = ""] = COMMIT.exec(checkout.read(RECORD)) ?? [];
  checkout.edit(RECORD, PENDING, artifact + text(`git-${commit}`));
  const { checkout: loaded, problems } = await loadCheckout(checkout.root);
  const records = loaded?.registry.records.get("orbit-webapp");
  return { problems, commit, record: records?.find(({ version }) => version === "1.4.0") };
}

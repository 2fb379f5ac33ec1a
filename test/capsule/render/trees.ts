import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { PackageFile } from "../../../capsule/archive.ts";
import { findTool } from "../../../tools/find.mjs";

/** Text by path. */
export type Tree = Readonly<Record<string, string>>;

export const PACKAGE: Tree = {
  "package/base/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n" +
    "resources: [web.yaml, ../service/]\nlabels:\n  - pairs: {app: orbit}\n" +
    "configMapGenerator:\n  - name: settings\n    files: [limits.ini]\n    literals: [DOCS=https://docs.example.com]\n",
  "package/base/limits.ini": "memory=1Gi\n",
  "package/base/web.yaml":
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n" +
    "  template:\n    spec:\n      containers:\n        - name: web\n          image: orbit-webapp # placeholder\n" +
    "          envFrom: [{configMapRef: {name: settings}}]\n",
  "package/service/kustomization.yml": "resources: [service.yaml]\n",
  "package/service/service.yaml":
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
  "package/components/debug/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n" +
    "patches:\n  - target: {kind: Deployment}\n    patch: |-\n      - {op: add, path: /spec/template/spec/shareProcessNamespace, value: true}\n",
};

/** A patch, a component of the package and one of its own, a generator and an image override. */
export const OVERLAY: Tree = {
  "overlay/kustomization.yaml":
    "resources: [../package/base]\ncomponents: [../package/components/debug, parts/tracing]\n" +
    "namespace: staging\nnamePrefix: stg-\nbuildMetadata: [originAnnotations]\n" +
    "patches:\n  - path: replicas.yaml\nsecretGenerator:\n  - name: token\n    envs: [token.env]\n" +
    "images:\n  - name: orbit-webapp\n    newName: slipwaydev.azurecr.io/orbit-webapp\n" +
    `    digest: sha256:${"d".repeat(64)}\n` +
    "transformers:\n  - owner.yaml\n",
  "overlay/owner.yaml":
    "apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: owner}\n" +
    "annotations: {runbook: https://runbooks.example.com}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n",
  "overlay/replicas.yaml":
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n",
  "overlay/token.env": "TOKEN=none\n",
  "overlay/parts/tracing/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {tracing: 'on'}\n",
};

export function filesOf(tree: Tree): PackageFile[] {
  return Object.entries(tree).map(([path, text]) => ({
    path,
    executable: false,
    content: Buffer.from(text),
  }));
}

export async function writeTree(root: string, tree: Tree): Promise<void> {
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** What kustomize itself makes of a folder. */
export async function built(folder: string): Promise<string> {
  const { stdout } = await execa(findTool("kustomize") ?? "kustomize", ["build", folder], {
    stripFinalNewline: false,
  });
  return stdout;
}

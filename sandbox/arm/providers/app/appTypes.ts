/** The parts of a container app's body that the endpoint looks at; the rest is kept as it came. */
export interface Container {
  name: string;
  image: string;
  env?: { name: string; value?: string; secretRef?: string }[] | null;
  resources?: { cpu?: number; memory?: string } | null;
  volumeMounts?: { volumeName: string; mountPath: string; subPath?: string | null }[] | null;
}

export interface Volume {
  name: string;
  storageType?: string | null;
  storageName?: string | null;
}

export interface Template {
  revisionSuffix?: string | null;
  containers: Container[];
  initContainers?: Container[] | null;
  volumes?: Volume[] | null;
  scale?: {
    minReplicas?: number | null;
    maxReplicas?: number | null;
  } | null;
}

export interface TrafficWeight {
  revisionName?: string;
  latestRevision?: boolean;
  weight?: number;
  label?: string;
}

export interface Ingress {
  external?: boolean;
  targetPort?: number;
  transport?: string;
  traffic?: TrafficWeight[] | null;
}

export interface Secret {
  name: string;
  value?: string;
  keyVaultUrl?: string;
  identity?: string;
}

export interface Configuration {
  activeRevisionsMode?: "Single" | "Multiple" | "Labels";
  ingress?: Ingress | null;
  registries?:
    | { server: string; identity?: string; username?: string; passwordSecretRef?: string }[]
    | null;
  secrets?: Secret[] | null;
  maxInactiveRevisions?: number | null;
}

const text = { type: ["string", "null"] };
const container = {
  type: "object",
  required: ["name", "image"],
  properties: {
    name: { type: "string" },
    image: { type: "string", minLength: 1 },
    env: listOf({
      type: "object",
      required: ["name"],
      properties: { name: { type: "string" }, value: text, secretRef: text },
    }),
    resources: {
      type: ["object", "null"],
      properties: { cpu: { type: "number" }, memory: { type: "string", pattern: "^[0-9.]+Gi$" } },
    },
    volumeMounts: listOf({
      type: "object",
      required: ["volumeName", "mountPath"],
      properties: { volumeName: { type: "string" }, mountPath: { type: "string" }, subPath: text },
    }),
  },
};

/** JSON Schema of a container app's body. */
export const appSchema = {
  type: "object",
  required: ["properties"],
  properties: {
    properties: {
      type: "object",
      required: ["template"],
      properties: {
        managedEnvironmentId: text,
        environmentId: text,
        workloadProfileName: text,
        template: {
          type: "object",
          required: ["containers"],
          properties: {
            revisionSuffix: text,
            containers: { type: "array", minItems: 1, items: container },
            initContainers: listOf(container),
            volumes: listOf({
              type: "object",
              required: ["name"],
              properties: { name: { type: "string" }, storageType: text, storageName: text },
            }),
            scale: {
              type: ["object", "null"],
              properties: {
                minReplicas: { type: ["integer", "null"] },
                maxReplicas: { type: ["integer", "null"] },
              },
            },
          },
        },
        configuration: {
          type: ["object", "null"],
          properties: {
            activeRevisionsMode: { enum: ["Single", "Multiple", "Labels"] },
            maxInactiveRevisions: { type: ["integer", "null"] },
            secrets: listOf({
              type: "object",
              required: ["name"],
              properties: { name: { type: "string" }, value: text },
            }),
            registries: listOf({
              type: "object",
              required: ["server"],
              properties: { server: { type: "string" }, identity: text },
            }),
            ingress: {
              type: ["object", "null"],
              properties: {
                external: { type: "boolean" },
                targetPort: { type: "integer" },
                transport: { type: "string" },
                traffic: listOf({
                  type: "object",
                  properties: {
                    revisionName: { type: "string" },
                    latestRevision: { type: "boolean" },
                    weight: { type: "integer" },
                    label: text,
                  },
                }),
              },
            },
          },
        },
      },
    },
  },
};

function listOf(items: object): object {
  return { type: ["array", "null"], items };
}

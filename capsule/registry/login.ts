/** Who somebody is at a registry. Nothing here is ever printed. */
export type Login =
  | { kind: "password"; user: string; password: string }
  /** Exchanged for a token at the registry's token server. */
  | { kind: "identity"; token: string }
  /** Sent to the registry as it is. */
  | { kind: "bearer"; token: string };

/** Looks a login up when a registry asks for one; undefined is anonymous. */
export type FindLogin = () => Promise<Login | undefined>;
